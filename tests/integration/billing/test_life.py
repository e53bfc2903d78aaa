"""A subscription's life in many orders of its webhooks: one end (must show 4). `usta billing prove` plays more of them."""

from __future__ import annotations

import httpx

from db.session import Database
from db.settings import settings
from evals.billing.proof import COURSES, prove

ORDERS = 8


async def test_every_order_ends_alike(database: Database, http: httpx.AsyncClient) -> None:
    report = await prove(database, settings(), http, orders=ORDERS, seed=7)
    assert report.differing == []
    assert report.gapless and report.numbers == (7 + 3) * ORDERS
    assert set(report.courses) == set(COURSES)
    end = report.first
    assert end is not None
    assert end.status == [(False, "active", "payment", "STARTER"), (True, "suspended", "payment", "PROFESSIONAL")]
    numbers = [row[1] for row in end.invoices if row[1]]
    credits = [f"ABO-AV-2027-+{count}" for count in range(1, 4)]
    assert sorted(numbers) == sorted([f"ABO-2027-+{count}" for count in range(1, 8)] + credits)
    given_back = [row for row in end.invoices if row[1] in credits]
    assert [(row[0], str(row[3]), str(row[4]), str(row[5])) for row in given_back] == [
        (True, "16.67", "3.34", "20.01"), (False, "29.00", "5.80", "34.80"), (True, "82.33", "16.46", "98.79"),
    ]  # fmt: skip
    assert {row[9] for row in given_back} < set(numbers), "each names the invoice that it gives back"
    first = [line for line in end.messages if line.startswith("first")]
    assert len(first) == len(set(first)), "nothing is told twice"
    for beginning, times in (
        ("C'est parti", 1),
        ("L'essai finit", 1),
        ("Abonnement payé : 118,80 € TTC", 3),
        ("Le paiement de l'abonnement (118,80 €)", 1),
        ("L'abonnement n'est pas payé", 1),
        ("C'est réglé", 1),
        ("Remboursement de 20,01 € TTC. Voici l'avoir ABO-AV-2027-+1 sur la facture ABO-2027-+", 1),
        ("L'abonnement s'arrêtera", 1),
        ("L'abonnement est terminé", 1),
    ):
        assert sum(line.removeprefix("first: ").startswith(beginning) for line in first) == times, (beginning, first)
