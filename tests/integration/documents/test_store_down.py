"""A document whose logo cannot be fetched waits for the object store; it is not given up, nor made without its logo."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from services.documents import jobs
from services.storage.service import StoreDown


class Down:
    async def get(self, key: str) -> bytes:
        raise StoreDown(key)


@pytest.mark.parametrize("attempts", [0, 5])
async def test_a_pdf_waits_for_the_store(shop: Any, monkeypatch: pytest.MonkeyPatch, attempts: int) -> None:
    shop.organization.logo_key = f"org/{shop.id}/company/logo-1.png"
    issued = await shop.quote()
    revision = (await shop.row(issued))["revision"]
    monkeypatch.setattr(jobs, "storage", Down)
    job = SimpleNamespace(job=SimpleNamespace(attempts=attempts))
    with pytest.raises(StoreDown):
        await jobs.generate_pdf.func(
            job, organization_id=str(shop.id), kind="quote", document_id=str(issued.id), revision=revision, outbox={}
        )
    assert (await shop.row(issued))["pdf_status"] != "failed"
