"""What people say is found in the clear neither in the database nor in any log line, whatever happens to a turn (R235, R237)."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from db.encryption import new_key
from tests.acceptance.people import Artisan, received
from tests.acceptance.stack import Stack, new_phone, running_stack
from tests.conftest import create_database
from tests.fakes import voice_server

DOCUMENTS = {
    "clients", "document_events", "document_versions", "invoice_items", "invoices", "quote_items", "quotes", "users",
    "organizations", "ledger_entries",
}  # fmt: skip
"""Readable on purpose: found by name and words, kept ten years (docs/encryption.md)."""
SECRETS = {
    "AUTH_KEYS": json.dumps({"a": secrets.token_urlsafe(32)}),
    "ENCRYPTION_KEYS": json.dumps({"a": new_key()}),
    "FILES_SECRET": secrets.token_urlsafe(32),
    "TRANSCRIPTION_API_KEY": f"sk-{secrets.token_urlsafe(24)}",
    "SPEECH_API_KEY": f"sk-{secrets.token_urlsafe(24)}",
}
"""Of the installation; its processes use them all."""
_TABLES = """
select n.nspname, c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p') and n.nspname in ('public', 'jobs', 'langgraph') order by 1, 2
"""
_BREAK = """
create function usta_break_turns() returns trigger language plpgsql as $$
begin raise exception 'the turn of % breaks: %', new.chat_id, new; end $$;
create trigger turns_break before insert on turns for each row execute function usta_break_turns();
"""


@pytest.fixture(scope="module")
def watched(database_server: str, home: Path) -> Iterator[Stack]:
    """A stack of its own whose processes log everything."""
    url = create_database(database_server, f"secrecy_{secrets.token_hex(4)}")
    with (
        voice_server.running() as ear,
        running_stack(url, home / "secrecy", TRANSCRIPTION_URL=ear.base_url, LOG_LEVEL="DEBUG", **SECRETS) as running,
    ):
        running.ear = ear
        yield running


def dump(url: str) -> dict[str, str]:
    """Every table as text, bytes included."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(_TABLES).fetchall()
        return {
            table: "\n".join(
                " ".join(each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row)
                for row in connection.execute(sql.SQL("select * from {}").format(sql.Identifier(schema, table)))
            )
            for schema, table in tables
        }


def logs(stack: Stack) -> str:
    assert stack.home is not None
    return "\n".join((stack.home / f"{name}.log").read_text() for name in ("serve", "worker"))


def test_nothing_that_was_said_lies_in_the_clear(watched: Stack) -> None:
    artisan, customer = Artisan(watched, clients=[{"name": "Mme Garance", "phone": new_phone()}]), new_phone()
    said = {
        "text": "ornithorynque bancal", "edited": "zibeline cornue", "voice": "tamanoir perplexe",
        "customer": "bonjour, ma girafe fuit", "note": "code portail okapi", "password": "mangouste-3Tiroirs!",
        "refused": "hippocampe refusé", "broken": "caméléon fendu", "line": "mortier zorglub",
    }  # fmt: skip
    artisan.say(said["text"])
    message_id = artisan.post(f"{said['text']} encore")
    artisan.inbox()
    watched.http.put(f"/simulator/messages/{message_id}", json={"text": said["edited"]}).raise_for_status()
    artisan.inbox()
    artisan.speak(said["voice"])
    artisan.inbox()
    artisan.say_as_customer(customer, said["customer"])
    artisan.say(f"note : {said['note']} chez Mme Garance")
    artisan.say(f"devis Mme Garance 12 m² de {said['line']} à 35")
    login = {"email": f"{said['password'][:9]}@example.fr", "password": said["password"]}
    assert watched.http.post("/api/v1/auth/login", json=login).status_code == 401
    refused = watched.http.post(
        "/webhooks/unipile/messages",
        json={"message": said["refused"], "sender": artisan.phone},
        headers={"Unipile-Auth": "x" * 40},
    )
    assert refused.status_code == 401
    answered = [each.text for each in received(watched, artisan.phone)]
    _break_a_turn(watched, artisan, said["broken"])
    _nothing_in_clear(dump(watched.database_url), said, answered)
    _nothing_logged(logs(watched), said, answered, [artisan.phone, customer])
    everywhere = logs(watched) + "".join(dump(watched.database_url).values())
    assert not [name for name, value in SECRETS.items() if value.strip('{}"').rpartition('"')[2] in everywhere]
    assert watched.home is not None
    own = {
        file.name: file.read_text().strip() for file in watched.home.glob("*.*") if file.suffix in (".key", ".secret")
    }
    assert own and not [name for name, value in own.items() if value in everywhere]


def _break_a_turn(stack: Stack, artisan: Artisan, words: str) -> None:
    """The database refuses the turn's row, with the whole row in its message; then it lets it pass."""
    with psycopg.connect(stack.database_url, autocommit=True) as connection:
        connection.execute(_BREAK)
        artisan.post(words)
        _until(lambda: "breaks" in logs(stack))
        connection.execute("drop trigger turns_break on turns; drop function usta_break_turns()")


def _until(true: Any) -> None:
    import time

    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def _nothing_in_clear(tables: dict[str, str], said: dict[str, str], answered: list[str]) -> None:
    assert said["line"] in tables["quote_items"], "the search would find it"
    assert any("usta1:" in rows for rows in tables.values())
    lines = {line for text in answered for line in text.splitlines() if len(line) > 24}
    assert lines
    found = {
        (table, each)
        for table, rows in tables.items()
        for each in {*said.values(), *lines}
        if each in rows and not (table in DOCUMENTS and each == said["line"])
    }
    assert not found


def _nothing_logged(text: str, said: dict[str, str], answered: list[str], phones: list[str]) -> None:
    assert "turn" in text and len(text) > 5000, "the processes did log"
    wanted = {
        *said.values(),
        *(phone.removeprefix("+") for phone in phones),
        *(each for each in answered if len(each) > 24),
    }
    found = {each: text[max(0, text.index(each) - 200) : text.index(each) + 100] for each in wanted if each in text}
    assert not found
