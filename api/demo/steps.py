"""The steps of each workflow as an admin sees them (R096–R098), and how far a run has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

_DOCUMENT = (
    "select_or_create_client confirm_client add_line_items confirm_line_item review_items calculate_totals "
    "review_total generate_pdf send_pdf completed"
).split()
STEPS = {
    "quote": ("initiated", *_DOCUMENT),
    "invoice": ("initiated", "link_to_quote_or_independent", "select_quote", *_DOCUMENT),
    "client": tuple(
        "initiated collect_name confirm_name collect_address confirm_address collect_siret confirm_siret "
        "collect_contacts confirm_contacts review_client save_client completed".split()
    ),
    "company": tuple(
        "collect_siret confirm_company collect_address collect_legal_form collect_capital collect_rcs_city "
        "collect_vat_regime collect_insurance collect_logo collect_iban collect_mediator completed".split()
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the run at hand."""

    name: str
    state: Literal["done", "current", "ahead"]


def progress(workflow: str | None, current: str | None) -> list[Step]:
    """The steps of the workflow; empty for one without steps. An unknown current step counts as the first."""
    names = STEPS.get(workflow or "", ())
    position = names.index(current) if current in names else 0
    finished = current == "completed"
    return [
        Step(name, "done" if index < position or finished else "current" if index == position else "ahead")
        for index, name in enumerate(names)
    ]
