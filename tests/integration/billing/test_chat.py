"""What a company that has not paid hears in its chat: the way to pay; its documents stay readable (C42, UX-85)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from db.settings import settings
from tests.integration.conversations.conftest import Office, office  # noqa: F401
from tests.integration.messaging.conftest import house  # noqa: F401

LINK = "/subscribe/"


async def stands(office: Office, status: str, by: str | None, language: str = "fr") -> None:  # noqa: F811
    async with office.house.database.system() as session:
        values: dict[str, Any] = {"id": office.artisan.organization_id, "status": status, "by": by}
        await session.execute(text("update organizations set status = :status, status_by = :by where id = :id"), values)
        await session.execute(
            text("update users set preferred_language = :language where id = :id"),
            {"id": office.artisan.id, "language": language},
        )


async def quotes(office: Office) -> int:  # noqa: F811
    row = await office.house.one(
        "select count(*) as found from quotes where organization_id = :id", id=office.artisan.organization_id
    )
    return int(row.found)


@pytest.mark.parametrize(
    ("language", "order", "question", "word"),
    [
        ("fr", "devis pour Mme Dupont, 10 m² de carrelage à 45", "mes devis", "pas payé"),
        ("tr", "Dupont Hanım için teklif, 10 m² fayans 45'ten", "tekliflerim", "ödenmedi"),
    ],
)
async def test_a_suspended_company_reads_and_does_not_write(
    office: Office,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    order: str,
    question: str,
    word: str,
) -> None:
    monkeypatch.setattr(settings(), "billing_simulated", True)
    await stands(office, "suspended", "payment", language)
    (said,) = await office.says(order)
    assert word in said and LINK in said
    assert await quotes(office) == 0
    (read,) = await office.says(question)
    assert word not in read and LINK not in read
    await stands(office, "active", "payment", language)
    await office.says(order)
    assert await quotes(office) == 1


async def test_whom_an_admin_suspended_is_offered_no_payment(
    office: Office,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings(), "billing_simulated", True)
    await stands(office, "suspended", "admin")
    (said,) = await office.says("devis pour Mme Dupont, 10 m² de carrelage à 45")
    assert "suspendu" in said and LINK not in said
    assert await quotes(office) == 0


async def test_before_it_has_paid_a_company_gets_the_link(
    office: Office,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await stands(office, "pending", None)
    await office.says("devis pour Mme Dupont, 10 m² de carrelage à 45")
    assert await quotes(office) == 1, "where nobody pays nothing is asked"
    monkeypatch.setattr(settings(), "billing_simulated", True)
    (said,) = await office.says("facture pour M. Roux")
    assert LINK in said and "abonnement" in said
