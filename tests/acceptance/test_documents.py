"""Every document by one sentence, in both languages: what is read, what is issued, what the ledger says, what is printed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
import yaml

from tests.acceptance.dialogues import DATA, plain_spaces
from tests.acceptance.people import Artisan, Received
from tests.acceptance.stack import Stack, new_phone

YEAR = date.today().year
TITLES = {
    "quote": ("Devis", "Avenant"),
    "invoice": ("Facture",),
    "deposit": ("Facture d'acompte",),
    "progress": ("Situation de travaux",),
    "balance": ("Facture de solde",),
    "credit_note": ("Avoir",),
    "corrective": ("Facture rectificative",),
}
LONGEST, MOST_LINES = 900, 12
LINES = [
    {"description": "Pose de carrelage", "quantity": "20", "unit": "m²", "unit_price": "50", "vat_rate": "10"},
    {"description": "Robinetterie", "quantity": "1", "unit": "forfait", "unit_price": "500", "vat_rate": "20"},
]


@cache
def dialogues() -> dict[str, dict[str, Any]]:
    """The dialogues of documents.yaml by name."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((DATA / "documents.yaml").read_text())
    return found


@pytest.fixture(params=sorted(dialogues()))
def name(request: pytest.FixtureRequest) -> str:
    chosen: str = request.param
    return chosen


def artisan_for(stack: Stack, dialogue: dict[str, Any], language: str) -> Artisan:
    """A company with one client, and the quote that the dialogue is about."""
    quotes = []
    if dialogue.get("quote", {}) is not None:
        quote = {"client": "Mme Petit", "status": "accepted", "lines": LINES, **dialogue.get("quote", {})}
        quotes = [quote] * (2 if dialogue.get("second_quote") else 1)
    petit = {"name": "Mme Petit", "phone": new_phone(), "address": "8 rue Pasteur, 69100 Villeurbanne"}
    return Artisan(
        stack, language=language, address_form="tu" if language == "fr" else "sen", clients=[petit], quotes=quotes
    )


def test_a_sentence_ends_in_the_right_document(stack: Stack, language: str, name: str) -> None:
    dialogue = dialogues()[name]
    artisan = artisan_for(stack, dialogue, language)
    known = set(artisan.numbers())
    for step in dialogue["steps"]:
        artisan.post(step["say"][language])
        answers = artisan.inbox()
        state = artisan.state()
        text = plain_spaces("\n".join(answer.text for answer in answers))
        where = f"{name}, after {step['say'][language]!r}:\n{text}"
        for piece in step.get("reads", {}).get(language, []):
            assert dated(piece) in text, f"not read: {piece!r} – {where}"
        if wanted := step.get("awaiting"):
            assert state["awaiting"] == wanted, f"{state['awaiting']} – {where}"
        assert len(text) <= LONGEST and sum(1 for line in text.splitlines() if line[:2] in _NUMBERS) <= MOST_LINES, (
            where
        )
        fresh = [document for document in state["documents"] if document["number"] not in known]
        known |= {document["number"] for document in fresh}
        if step.get("issues"):
            (document,) = fresh
            assert_document(artisan, document, step["issues"], where)
            assert_printed(artisan, document, answers, step.get("prints", []))
        elif "issues" in step:
            assert fresh == [], where
        if pieces := step.get("draft_pdf"):
            assert_draft(artisan, answers, pieces)
        if paid := step.get("paid"):
            (row,) = artisan.rows("select amount, method from payments where organization_id = %(organization)s")
            assert {"amount": str(row["amount"]), "method": row["method"]} == paid
    if ledger := dialogue.get("ledger"):
        assert account(artisan) == ledger


_NUMBERS = {f"{n}." for n in range(1, 10)}


def dated(piece: str) -> str:
    """FACT-0001 as it is numbered this year."""
    for series in ("FACT", "DEVIS", "AVOIR"):
        piece = piece.replace(f"{series}-0", f"{series}-{YEAR}-0")
    return piece


def assert_document(artisan: Artisan, document: dict[str, Any], wanted: dict[str, Any], where: str) -> None:
    """Kind, number, amounts and VAT per rate, from the database."""
    table = "quotes" if document["kind"] == "quote" else "invoices"
    (row,) = artisan.rows(
        f"select * from {table} where organization_id = %(organization)s and number = %(number)s",
        number=document["number"],
    )
    assert document["kind"] == wanted["kind"], where
    if number := wanted.get("number"):
        assert row["number"] == dated(number), where
    for key, column in {
        "subtotal": "subtotal",
        "total": "total",
        "due": "amount_due",
        "retention": "retention",
    }.items():
        if key in wanted:
            assert str(row[column]) == wanted[key], f"{key} {row[column]} – {where}"
    if vat := wanted.get("vat"):
        found = {
            str(Decimal(rate["rate"]).normalize()): [rate["base"], rate["amount"]] for rate in row["vat_breakdown"]
        }
        assert found == {str(Decimal(rate).normalize()): amounts for rate, amounts in vat.items()}, where


def assert_printed(artisan: Artisan, document: dict[str, Any], answers: list[Received], pieces: list[str]) -> None:
    """The PDF is of that kind and says its number and its total."""
    (pdf,) = [answer for answer in answers if answer.kind == "document"]
    assert pdf.filename == f"{document['number']}.pdf"
    text = " ".join(plain_spaces(artisan.pdf_text(pdf)).split())
    assert any(title in text for title in TITLES[document["kind"]]), text[:200]
    total = f"{Decimal(document['total']):,.2f}".replace(",", " ").replace(".", ",")
    for piece in [document["number"], total, *pieces]:
        assert piece in text, f"{piece!r} is not printed: {text[:1500]}"


def assert_draft(artisan: Artisan, answers: list[Received], pieces: list[str]) -> None:
    """A preview says BROUILLON and carries no number."""
    (pdf,) = [answer for answer in answers if answer.kind == "document"]
    text = " ".join(plain_spaces(artisan.pdf_text(pdf)).split())
    assert f"DEVIS-{YEAR}-0002" not in text
    for piece in pieces:
        assert piece in text, f"{piece!r} is not printed: {text[:800]}"


def account(artisan: Artisan) -> dict[str, str]:
    """Contracted, invoiced and paid of the first quote, EUR incl. VAT, from the ledger."""
    rows = artisan.rows(
        "select l.entry, sum(l.base + l.vat) as amount from ledger_entries l join quotes q on q.id = l.quote_id"
        " where l.organization_id = %(organization)s and q.number = %(number)s group by l.entry",
        number=f"DEVIS-{YEAR}-0001",
    )
    found = {row["entry"]: str(row["amount"]) for row in rows}
    return {entry: found.get(entry, "0.00") for entry in ("contracted", "invoiced", "paid")}
