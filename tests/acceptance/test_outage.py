"""No model answers for a while: the artisan is told, and what he wrote is read again by itself afterwards (UX-81)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import ANSWERED_WITHIN_SECONDS, Stack, running_stack
from tests.conftest import create_database
from tests.fakes.openai_server import FakeOpenAI, calls, running, server_error

UNCLEAR = "zblorf gnark chpouic"
RIGHT = calls(("deny", {}))
PROMISE = {"fr": "dès que c'est revenu", "tr": "düzelir düzelmez"}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeOpenAI]:
    with running() as fake:
        yield fake.says(server_error())


@pytest.fixture(scope="module")
def service(database_server: str, home: Path, model: FakeOpenAI) -> Iterator[Stack]:
    """A service that asks the model first."""
    settings = {"UNDERSTANDER": "llm", "OPENAI_API_KEY": "key", "OPENAI_BASE_URL": model.base_url}
    url = create_database(database_server, "outage")
    with running_stack(url, home / "outage", MODEL_TIMEOUT_SECONDS="2", **settings) as stack:
        yield stack


def planned(artisan: Artisan) -> list[dict[str, int]]:
    return artisan.rows(
        "select (args ->> 'tries')::int tries from jobs.procrastinate_jobs where task_name = 'read_again'"
        " and status = 'todo' and args ->> 'organization_id' = %(organization)s::text"
    )


def look_now(artisan: Artisan) -> None:
    """The planned look happens now instead of minutes later, and is waited for."""
    with psycopg.connect(artisan.stack.database_url, options="-c search_path=jobs") as connection:
        connection.execute(
            "update procrastinate_jobs set scheduled_at = now() where task_name = 'read_again' and status = 'todo'"
            " and args ->> 'organization_id' = %s",
            (str(artisan.organization_id),),
        )
    deadline = time.monotonic() + ANSWERED_WITHIN_SECONDS
    while artisan.rows(
        "select 1 from jobs.procrastinate_jobs where task_name = 'read_again' and args ->> 'organization_id' ="
        " %(organization)s::text and (status = 'doing' or status = 'todo' and scheduled_at <= now())"
    ):
        assert time.monotonic() < deadline, "the look did not happen"
        time.sleep(0.1)


def look_until_it_is_back(artisan: Artisan) -> None:
    """Looks again while the circuit breaker still keeps the model from being asked; nothing is planned afterwards."""
    for _ in range(5):
        look_now(artisan)
        if not planned(artisan):
            return
        time.sleep(6)
    raise AssertionError("no model was asked again")


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_what_was_kept_is_read_when_a_model_is_back(language: str, service: Stack, model: FakeOpenAI) -> None:
    model.says(server_error())
    artisan = Artisan(service, language=language)
    (answer,) = artisan.say(UNCLEAR)
    assert PROMISE[artisan.turns()[-1]["language"]] in answer
    assert planned(artisan) == [{"tries": 0}]
    look_now(artisan)
    assert planned(artisan) == [{"tries": 1}], "still down: another look later"
    assert artisan.replies() == [], "and no second message"
    turns = len(artisan.turns())
    model.says(RIGHT)
    look_until_it_is_back(artisan)
    assert len(artisan.replies()) == 1
    assert len(artisan.turns()) == turns + 1


def test_once_he_has_written_on_it_is_left_alone(service: Stack, model: FakeOpenAI) -> None:
    model.says(server_error())
    artisan = Artisan(service)
    artisan.say(UNCLEAR)
    artisan.say("devis 12 m² de placo à 35")
    turns = len(artisan.turns())
    model.says(RIGHT)
    look_now(artisan)
    assert len(artisan.turns()) == turns
    assert planned(artisan) == []
