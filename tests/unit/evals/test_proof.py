"""The proof itself: repeatable, of every kind, and all drawn documents hold."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli.main import app
from evals.proof.draw import Draw
from evals.proof.papers import KINDS, a_paper
from evals.proof.proving import Tally, frozen, prove_one
from services.documents.schemas import DocumentKind


@pytest.mark.parametrize("kind", list(KINDS))
def test_documents_of_every_kind_hold(kind: DocumentKind) -> None:
    for index in range(3):
        proved = prove_one(20261121, index, (kind,))
        assert proved.kind == kind
        assert proved.violations == (), f"{kind} {index}: {proved.violations}"


def test_the_same_seed_draws_the_same_documents() -> None:
    for index in range(20):
        kind = list(KINDS)[index % len(KINDS)]
        one, other = (frozen(a_paper(Draw(f"7:{index}"), kind)) for _ in range(2))
        assert one == other


def test_other_seeds_draw_other_documents() -> None:
    one, other = (frozen(a_paper(Draw(seed), "invoice"))[0]["document"]["id"] for seed in ("1:0", "2:0"))
    assert one != other


def test_a_follow_up_fits_what_it_follows() -> None:
    for index in range(30):
        balance = a_paper(Draw(f"3:{index}"), "balance").document
        credit = a_paper(Draw(f"3:{index}"), "credit_note").document
        assert balance.quote_number
        assert all(paid.issue_date and paid.issue_date < balance.issue_date for paid in balance.prepayments)
        assert credit.corrects is not None and credit.corrects.issue_date is not None
        assert credit.corrects.issue_date < credit.issue_date


def test_a_broken_document_is_counted_by_rule() -> None:
    right = prove_one(1, 2)
    broken = type(right)(**vars(right) | {"violations": (("BR-CO-17", "a"), ("BR-CO-17", "b"), ("XSD", "c"))})
    tally = Tally()
    for proved in (right, broken):
        tally.add(proved)
    assert (tally.documents, tally.invalid) == (2, 1)
    assert tally.by_rule == {"BR-CO-17": 1, "XSD": 1}


def test_the_command_ends_with_one_line_of_json() -> None:
    result = CliRunner().invoke(app, ["documents", "prove", "--count", "6", "--seed", "5", "--kinds", "quote,deposit"])
    assert result.exit_code == 0, result.output
    sums = json.loads(result.stdout.strip().splitlines()[-1])
    assert sums["documents"] == 6
    assert sums["invalid"] == 0
    assert sums["by_rule"] == {}
    assert set(sums["by_kind"]) <= {"quote", "deposit"}


def test_an_unknown_kind_is_refused() -> None:
    result = CliRunner().invoke(app, ["documents", "prove", "--count", "1", "--kinds", "devis"])
    assert result.exit_code == 2
