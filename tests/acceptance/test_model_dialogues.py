"""The model dialogues of the product (ux.md part F), from webhook to phone with the grammar alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.dialogues import Play, Played, dialogues, expected_documents, plain_spaces, play
from tests.acceptance.people import Artisan
from tests.acceptance.stack import Stack

NAMES = sorted(dialogues())
LONGEST_RECAP = 900
MOST_LINES = 12
ADDED_AT_THE_LAST_MOMENT = {"TR3": {"Peinture de portes": "Peinture de portes, sous-couche comprise"}}
"""What the expected documents leave out of a dialogue: words added to a line together with the confirmation."""


PLAYS = [(name, "unipile") for name in NAMES] + [("FR2", "chatwoot"), ("TR3", "chatwoot")]
"""Every dialogue on the first channel, and one of each language on the second, with the same assertions."""


@pytest.fixture(params=PLAYS, ids="-".join)
def played(request: pytest.FixtureRequest, stack: Stack) -> Play:
    return play(stack, *request.param)


def issues(played: Play) -> list[tuple[Played, dict[str, Any], dict[str, Any]]]:
    """The steps that issue: as played, the document, the document expected."""
    found = []
    for step in played.steps:
        if wanted := step.step.get("issues"):
            assert step.issued, f"{played.name}: nothing was issued after {step.step['say']!r}: {step.text}"
            found.append((step, step.issued[0], expected_documents()[wanted]))
    assert found
    return found


def test_every_answer_says_what_the_dialogue_says(played: Play) -> None:
    for step in played.steps:
        for piece in step.step.get("reads", []):
            assert piece in step.text, f"after {step.step['say']!r} not read: {piece!r}\n{step.text}"
        for piece in step.step.get("silent", []):
            assert piece not in step.text, f"after {step.step['say']!r} repeated: {piece!r}\n{step.text}"
        if wanted := step.step.get("awaiting"):
            assert step.state["awaiting"] == wanted, f"after {step.step['say']!r}\n{step.text}"


def test_lines_are_exact(played: Play) -> None:
    for _, document, wanted in issues(played):
        got = [_line(line) for line in document["lines"]]
        assert got == [_expected_line(line) for line in wanted["lines"]]


def test_amounts_are_exact(played: Play) -> None:
    for _, document, wanted in issues(played):
        got = {key: document[key] for key in ("discount", "subtotal", "vat", "total")}
        assert got == {
            "discount": wanted["discount_ht"],
            "subtotal": wanted["total_ht"],
            "vat": wanted["total_vat"],
            "total": wanted["total_ttc"],
        }


def test_vat_per_rate_is_exact(played: Play) -> None:
    for _, document, wanted in issues(played):
        table = "invoices" if document["kind"] != "quote" else "quotes"
        (row,) = played.artisan.rows(
            f"select snapshot from {table} where organization_id = %(organization)s and number = %(number)s",
            number=document["number"],
        )
        if document["number"] + " v1" == wanted["number"]:
            continue  # the row shows the version that followed
        rows = [vat for vat in row["snapshot"]["totals"]["vat"] if vat["category"] == "S"]
        got = {Decimal(vat["rate"]): (vat["base"], vat["amount"]) for vat in rows}
        assert got == {Decimal(rate): (vat["base"], vat["amount"]) for rate, vat in wanted["vat"].items()}


def test_numbers_follow(played: Play) -> None:
    for step, document, wanted in issues(played):
        number, _, version = wanted["number"].partition(" ")
        series, _, count = number.split("-")
        assert document["number"] == f"{series}-{date.today().year}-{count}"
        suffix = "" if version in ("", "v1") else f"-{version}"
        assert [pdf.filename for pdf in step.pdfs] == [f"{document['number']}{suffix}.pdf"]


def test_designations_are_those_of_the_trade(played: Play) -> None:
    added = ADDED_AT_THE_LAST_MOMENT.get(played.name, {})
    for _, document, wanted in issues(played):
        model = [added.get(line["designation"], line["designation"]) for line in wanted["lines"]]
        assert [line["description"] for line in document["lines"]] == model


def test_messages_to_the_pdf(played: Play) -> None:
    """Two messages, one more per correction or question of the dialogue, one PDF per issue, none before (UX-02)."""
    first = next(at for at, step in enumerate(played.steps) if step.step.get("issues"))
    assert not any(step.pdfs for step in played.steps[:first])
    assert len(played.steps[first].pdfs) == 1
    assert first + 1 <= 4
    quotes = dialogues()[played.name]["artisan"].get("quotes", [])
    assert len(played.artisan.numbers()) == 1 + len(quotes) + sum(1 for quote in quotes if "deposit" in quote)


def test_one_answer_per_message(played: Play) -> None:
    """A burst or a message brings one message back (UX-09); a PDF carries its question in its caption."""
    assert [len(step.answers) for step in played.steps] == [1] * len(played.steps)


def test_layout_of_what_is_read(played: Play) -> None:
    """UX-03, UX-33, UX-35 and the formats of numbers, in every message to the artisan."""
    for step in played.steps:
        text = step.text
        assert len(text) <= LONGEST_RECAP, text
        assert len(re.findall(r"^\d+\. ", text, re.MULTILINE)) <= MOST_LINES
        asked = [line for line in text.splitlines() if "?" in line and not line.startswith("⚠️")]
        assert sum(line.count("?") for line in asked) <= 1 or step.state["awaiting"] == "slot:line.quantity", text
        assert "**" not in text and "http" not in text and not re.search(r"^#|\|", text, re.MULTILINE), text
        assert not re.search(r"\d\.\d{3}(?!\d)|\d{4,},\d{2}|\d\.\d{2}(?!\d)", text), text
        amounts = re.findall(r"\*([^*\n]*\d[^*\n]*)\*", text)
        if step.step.get("recap"):
            assert re.search(r"\*(ok|tamam|kes)\*", text.splitlines()[-1]), text
            assert "€" in amounts[-1], text


def test_pdf_is_french(played: Play) -> None:
    """The document says the lines and the total, and no Turkish letter outside names (UX-91)."""
    dialogue = dialogues()[played.name]
    names = [dialogue["artisan"]["name"], dialogue["artisan"]["company"]]
    for step, document, _ in issues(played):
        (pdf,) = step.pdfs
        text = plain_spaces(played.artisan.pdf_text(pdf))
        flat = " ".join(text.split())
        assert document["number"] in flat
        for line in document["lines"]:
            assert " ".join(line["description"].split()) in flat
        assert _french_amount(document["total"]) in flat
        for name in [*names, document["client"]["name"]]:
            flat = flat.replace(name, "")
        assert not set("ğışİĞŞ") & set(flat), flat


def test_the_client_reads_a_message_in_french(played: Play) -> None:
    """What was promised to the client arrives, once, with the PDF, in French with « vous » (UX-91)."""
    sends = [step for step in played.steps if step.step.get("sends_to")]
    if not sends:
        return
    phone = sends[0].step["sends_to"]
    inbox = [m for m in played.artisan.client_inbox(phone, wait_for=len(sends)) if _from(played, m.filename)]
    assert len(inbox) == len(sends)
    for step, message in zip(sends, inbox, strict=True):
        text = plain_spaces(message.text)
        number = played.artisan.documents()[0]["number"]
        assert message.kind == "document" and number in (message.filename or "")
        for piece in step.step["client_reads"]:
            assert piece.format(number=number) in text, text
        assert not set("ğışİĞŞ") & set(text.replace(dialogues()[played.name]["artisan"]["name"], ""))
    assert played.artisan.documents()[0]["status"] == "sent"


def test_nothing_goes_to_a_client_without_an_approval(played: Play) -> None:
    """Each message to a client stands on the approval of exactly the version it carries (DESIGN §7)."""
    rows = played.artisan.rows(
        "select a.kind, a.version, o.document_version, a.document_id = o.document_id as same from outbox o"
        " left join approvals a on a.id = o.approval_id"
        " where o.organization_id = %(organization)s and o.recipient = 'client'"
    )
    assert len(rows) == len([step for step in played.steps if step.step.get("sends_to")])
    for row in rows:
        assert row["kind"] == "send" and row["version"] == row["document_version"] and row["same"]


def test_fr4_deposit_invoice_of_the_signed_quote(artisan_of: Callable[..., Artisan]) -> None:
    scene = dialogues()["FR4"]["artisan"]
    lines = [
        {"description": line["designation"], "quantity": line["quantity"], "unit": line["unit"],
         "unit_price": line["unit_price_ht"], "vat_rate": line["vat_rate"]}
        for line in expected_documents()["FR4"]["lines"]
    ]  # fmt: skip
    year = date.today().year
    signed = {"client": "M. Girard", "number": f"DEVIS-{year}-0047", "status": "accepted", "lines": lines}
    artisan = artisan_of(**{**scene, "quotes": [signed]})
    artisan.continue_numbers("FACT-2026-0018")
    recap = plain_spaces("\n".join(artisan.say("facture d'acompte 30% sur le devis Girard")))
    for piece in (
        "*Facture d'acompte 30 % – M. Girard*",
        f"devis DEVIS-{year}-0047",
        "HT 757,20",
        "*832,92 € TTC*",
        "1 943,48 €",
    ):
        assert piece in recap, recap
    artisan.say("ok")
    invoice = artisan.documents()[0]
    wanted = expected_documents()["FR4dep"]
    assert (invoice["kind"], invoice["number"]) == ("deposit", f"FACT-{year}-0018")
    assert (invoice["subtotal"], invoice["vat"], invoice["total"]) == ("757.20", "75.72", wanted["total_ttc"])
    assert [_line(line) for line in invoice["lines"]] == [_expected_line(line) for line in wanted["lines"]]


WHAT_IS_SAID = {
    "fr": "devis pour madame Petit douze mètres carrés de placo à trente-cinq",
    "tr": "Bayan Petit'ye teklif on iki metrekare alçıpan otuz beşten",
}


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_a_voice_note_is_understood(language: str, artisan_of: Callable[..., Artisan]) -> None:
    artisan = artisan_of(language)
    artisan.speak(WHAT_IS_SAID[language])
    (answer,) = artisan.inbox()
    assert artisan.draft is not None and "420,00" in plain_spaces(answer.text)


def test_fr1_a_number_that_was_heard_badly_is_doubted(stack: Stack) -> None:
    assert "780, ou 870 ?" in play(stack, "FR1").steps[0].text


# Steps of the dialogues that need what is not built yet.


@pytest.mark.xfail(strict=True, reason="documents have no signature link yet")
@pytest.mark.parametrize("name", ["FR1", "FR4", "FR6", "TR1", "TR4"])
def test_the_client_can_accept_by_a_link(name: str, stack: Stack) -> None:
    whole = play(stack, name)
    phone = next(step.step["sends_to"] for step in whole.steps if step.step.get("sends_to"))
    assert all("Pour l'accepter : https://" in message.text for message in whole.artisan.client_inbox(phone))


@pytest.mark.xfail(strict=True, reason="there is no payment link yet")
def test_tr6_the_client_gets_a_payment_link(stack: Stack) -> None:
    whole = play(stack, "TR6")
    phone = next(step.step["sends_to"] for step in whole.steps if step.step.get("sends_to"))
    assert "https://" in whole.artisan.client_inbox(phone)[0].text


def _line(line: dict[str, Any]) -> tuple[Any, ...]:
    return (
        Decimal(line["quantity"]),
        line["unit"],
        Decimal(line["unit_price"]),
        Decimal(line["vat_rate"]) if line["vat_rate"] else None,
        line["total"],
    )


def _expected_line(line: dict[str, Any]) -> tuple[Any, ...]:
    rate = line["vat_rate"]
    return (
        Decimal(line["quantity"]),
        line["unit"],
        Decimal(line["unit_price_ht"]),
        Decimal(rate) if rate else None,
        line["total_ht"],
    )


def _french_amount(amount: str) -> str:
    """ "1534.50" as it is written in France: "1 534,50"."""
    return f"{Decimal(amount):,.2f}".replace(",", " ").replace(".", ",")


def _from(played: Play, filename: str | None) -> bool:
    return filename is not None and any(number in filename for number in played.artisan.numbers())
