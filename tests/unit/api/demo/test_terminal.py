"""The terminal chat: the phone behind it, saved documents, formatting, the state."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from rich.console import Console

from api.demo.terminal import rich_text, state_panel
from api.demo.terminal_phone import NoServer, Phone, Refused, demo_artisan
from prompts.demo import words


def _phone(handler: Any, folder: Path) -> Phone:
    client = httpx.Client(base_url="http://demo", transport=httpx.MockTransport(handler))
    return Phone("http://demo", "+33611000001", folder, client)


def test_messages_come_once_and_files_are_saved(tmp_path: Path) -> None:
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/simulator/media/"):
            return httpx.Response(200, content=b"%PDF-")
        asked.append(request.url.params.get("after", ""))
        message = {"seq": 7, "text": "Envoyer ? 1 Envoyer  2 Garder", "filename": "../../DEVIS-2026-0001.pdf"}
        return httpx.Response(200, json={"messages": [{**message, "url": "http://demo/simulator/media/x"}]})

    phone = _phone(handler, tmp_path)
    (message,) = phone.receive(0)
    phone.receive(0)
    assert asked == ["0", "7"]
    assert message.saved == tmp_path / "DEVIS-2026-0001.pdf"
    assert message.saved.read_bytes() == b"%PDF-"
    assert [option.label for option in message.options] == ["Envoyer", "Garder"]


def test_sending_goes_through_the_control_api(tmp_path: Path) -> None:
    sent: list[dict[str, Any]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content))
        return httpx.Response(200, json={"message_id": "m"})

    _phone(handler, tmp_path).send("ok")
    assert sent == [{"from": "+33611000001", "text": "ok"}]


def test_a_refusal_says_why(tmp_path: Path) -> None:
    phone = _phone(lambda request: httpx.Response(503, json={"message": "Not now."}), tmp_path)
    with pytest.raises(Refused, match="Not now"):
        phone.send("ok")


def test_nobody_there(tmp_path: Path) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    phone = _phone(handler, tmp_path)
    with pytest.raises(NoServer):
        phone.skip_earlier()
    with pytest.raises(NoServer):
        phone.send("ok")


@pytest.mark.parametrize(
    ("phone", "language", "expected"),
    [(None, None, "fr"), (None, "tr", "tr"), ("+33 6 99 99 99 99", None, "fr"), ("+33699999999", "tr", "tr")],
)
def test_who_is_played(phone: str | None, language: str | None, expected: str) -> None:
    artisan = demo_artisan(phone, language)
    assert artisan.language == expected
    assert artisan.phone == "+33699999999" if phone else artisan.name


def test_formatting() -> None:
    text = rich_text("*Devis* [red]non[/red] _oui_")
    assert text.plain == "Devis [red]non[/red] oui"
    assert [str(span.style) for span in text.spans] == ["bold", "italic"]


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_state_of_nothing(language: str) -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(state_panel({"idle": True}, words(language), language))
    assert words(language)["terminal"]["nothing"] in console.export_text()
