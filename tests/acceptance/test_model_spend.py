"""A company's daily limit for models: what is spent counts, the grammar goes on alone, the artisan is told once (R181)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack, running_stack
from tests.conftest import create_database
from tests.fakes.openai_server import FakeOpenAI, calls, running
from tests.office import admin_of

UNCLEAR = "zblorf gnark chpouic"
NOTICE = {"fr": "limite du jour", "tr": "Bugünlük sınırıma"}


@pytest.fixture(scope="module")
def model() -> Iterator[FakeOpenAI]:
    with running() as fake:
        yield fake.says(calls(("off_topic", {})))


@pytest.fixture(scope="module")
def service(database_server: str, home: Path, model: FakeOpenAI) -> Iterator[Stack]:
    """A service whose model costs 0.000133 EUR a call, and a limit of one cent for everybody."""
    settings = {
        "UNDERSTANDER": "hybrid",
        "OPENAI_API_KEY": "key",
        "OPENAI_BASE_URL": model.base_url,
    }
    url = create_database(database_server, "spending")
    with running_stack(url, home / "spending", MODEL_DAILY_SPEND_EUR="0.01", **settings) as stack:
        yield stack


@pytest.fixture
def asked(model: FakeOpenAI) -> FakeOpenAI:
    return model.says(calls(("off_topic", {})))


def office(artisan: Artisan, change: dict[str, Any] | None = None) -> httpx.Response:
    path, headers = (
        f"/api/v1/organizations/{artisan.organization_id}/models",
        admin_of(artisan.stack.database_url, artisan.stack.home),
    )
    if change is None:
        return artisan.stack.http.get(path, headers=headers)
    return artisan.stack.http.patch(path, headers=headers, json=change)


def spent(artisan: Artisan, cost: str | None, *, hours_ago: float = 0, tokens: int = 0) -> None:
    artisan.rows(
        "insert into model_usage (id, organization_id, purpose, provider, model, outcome, cost_eur, input_tokens, created_at)"
        " values (gen_random_uuid(), %(organization)s, 'understand', 'p', 'm', 'ok', %(cost)s, %(tokens)s,"
        " now() - make_interval(hours => %(hours)s))",
        cost=cost,
        tokens=tokens,
        hours=int(hours_ago),
    )


def events(artisan: Artisan) -> list[str]:
    rows = artisan.rows(
        "select event from system_logs where organization_id = %(organization)s and event like 'models.%%' order by created_at"
    )
    return [row["event"] for row in rows]


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_over_the_limit_the_grammar_reads_alone_and_says_so_once(
    language: str, service: Stack, asked: FakeOpenAI
) -> None:
    artisan = Artisan(service, language=language)
    words = {"fr": f"devis 12 m² de placo à 35, {UNCLEAR}", "tr": f"teklif 12 m² alçıpan 35'ten, {UNCLEAR}"}[language]
    artisan.say(words)
    assert len(asked.requests) == 1
    spent(artisan, "0.0099")
    first, second = artisan.say(words), artisan.say(words)
    assert len(asked.requests) == 1
    assert NOTICE[language] in first[0]
    assert NOTICE[language] not in " ".join(second)
    assert artisan.draft is not None, "the grammar went on"
    assert events(artisan) == ["models.limit_reached"]


def test_a_message_the_grammar_explains_brings_no_notice(service: Stack, asked: FakeOpenAI) -> None:
    artisan = Artisan(service)
    spent(artisan, "1")
    answers = artisan.say("devis 12 m² de placo à 35")
    assert NOTICE["fr"] not in " ".join(answers)
    assert events(artisan) == []


def test_yesterday_does_not_count_and_an_unknown_price_does(service: Stack, asked: FakeOpenAI) -> None:
    artisan = Artisan(service)
    spent(artisan, "1", hours_ago=25)
    assert Decimal(office(artisan).json()["spent_eur"]) == 0
    spent(artisan, None, tokens=1000)
    answer = office(artisan).json()
    assert Decimal(answer["spent_eur"]) == Decimal("0.005")
    assert answer["models_in_use"] is True
    spent(artisan, None, tokens=1000)
    assert office(artisan).json()["models_in_use"] is False


def test_the_log_warns_when_most_of_it_is_spent(service: Stack, asked: FakeOpenAI) -> None:
    artisan = Artisan(service)
    spent(artisan, "0.0079")
    for _ in range(3):
        artisan.say(f"{UNCLEAR} bidule")
    assert events(artisan) == ["models.limit_near"]


def test_the_office_reads_and_changes_the_limit(service: Stack, asked: FakeOpenAI) -> None:
    artisan = Artisan(service)
    assert office(artisan).json() | {"day": ""} == {
        "day": "", "spent_eur": "0.0000", "daily_limit_eur": "0.01", "own_limit": False, "models_in_use": True,
        "month_spent_eur": "0.0000", "monthly_limit_eur": None,
    }  # fmt: skip
    assert office(artisan, {"daily_limit_eur": "0"}).json()["models_in_use"] is False
    artisan.say(f"{UNCLEAR} bidule")
    assert asked.requests == []
    changed = office(artisan, {"daily_limit_eur": "5.00"}).json()
    assert (changed["daily_limit_eur"], changed["own_limit"], changed["models_in_use"]) == ("5.00", True, True)
    artisan.say(f"{UNCLEAR} bidule")
    assert len(asked.requests) == 1
    assert office(artisan, {"daily_limit_eur": None}).json()["own_limit"] is False
    for wrong in ({"daily_limit_eur": "-1"}, {"daily_limit_eur": "1.234"}, {}, {"daily_limit_eur": "1", "more": 1}):
        assert office(artisan, wrong).status_code == 422
    assert artisan.stack.http.get(f"/api/v1/organizations/{artisan.organization_id}/models").status_code == 401
