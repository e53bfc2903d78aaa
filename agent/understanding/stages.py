"""Where a conversation stands, as far as a model is concerned: one prompt, one set of tools for each stage.

A stage stays the same over many messages, so that what a model is sent begins with the same bytes and providers can cache
it; and a model that sees half the tools takes the wrong one less often.
"""

from __future__ import annotations

from typing import Literal, get_args

from tools.commands import DialogueContext

Stage = Literal["start", "quote", "invoice", "client", "company"]
STAGES: tuple[Stage, ...] = get_args(Stage)

_TALK = "confirm deny choose undo cancel_document ask_help hand_over off_topic".split()
_PARTY = "start_document select_client update_client".split()
_PAPERS = "list_documents get_document send_whatsapp".split()
_LINES = "add_line_item set_vat set_site set_discount set_deposit set_dates set_note".split()
_OTHERS = "copy_document switch_draft".split()
_CHANGES = "update_line_item remove_line_item move_line_item skip show_recap preview_document".split()
_SITE = "set_circumstances set_waste".split()
_FOLLOWING = "link_quote set_progress".split()
_CONTRACT = "set_retention set_subcontracting".split()
_AFTERWARDS = "record_payment issue_credit_note correct_invoice".split()
_QUOTES = "amend_quote accept_quote".split()
_CARDS = "create_client find_client lookup_siret".split()
_COMPANY = "update_company get_company".split()

_OFFERED: dict[Stage, list[str]] = {
    "start": [
        *_PARTY, *_LINES, *_OTHERS, *_FOLLOWING, *_PAPERS, *_AFTERWARDS, *_QUOTES, *_CARDS, *_COMPANY, *_TALK,
    ],
    "quote": [
        *_PARTY, *_LINES, *_OTHERS, *_CHANGES, *_SITE, *_PAPERS, "price_history", "create_client", *_TALK,
    ],
    "invoice": [
        *_PARTY, *_LINES, *_CHANGES, *_FOLLOWING, *_CONTRACT, *_PAPERS, "record_payment", "issue_credit_note", *_TALK,
    ],
    "client": [*_PARTY, *_CARDS, *_PAPERS, "add_line_item", "set_site", "record_payment", *_TALK, "skip"],
    "company": [
        *_COMPANY, "set_up_company", "keep_company_file", "lookup_siret", "start_document", "update_client", *_TALK, "skip",
    ],
}  # fmt: skip

_CARD = ("name", "title", "address", "phone", "email", "siret", "kind")
_OFTEN: dict[str, tuple[str, ...]] = {
    "add_line_item": (
        "description", "quantity", "unit", "unit_price", "total", "price_mode", "vat_rate", "section",
    ),
    "update_line_item": (
        "line", "match", "match_value", "description", "quantity", "unit", "unit_price", "total", "price_mode",
        "vat_rate", "discount_percent", "discount_amount",
    ),
    "set_site": ("address", "premises", "dwelling_share", "territory", "completed_year", "age_years"),
    "set_progress": ("percent",),
    "create_client": _CARD,
    "update_client": ("name", "new_name", *_CARD[1:]),
    "update_company": (
        "name", "siret", "address", "phone", "email", "vat_regime", "insurer_name", "insurance_policy",
        "insurance_until", "iban",
    ),
}  # fmt: skip
"""Arguments worth their tokens where a tool is not what the stage is about; the other ones are left to the grammar."""
_WHOLE: dict[Stage, frozenset[str]] = {
    "invoice": frozenset({"set_progress"}),
    "client": frozenset({"create_client", "update_client"}),
    "company": frozenset({"update_company"}),
}


def stage_of(context: DialogueContext) -> Stage:
    """The stage of a conversation. Questions about papers ("ask") leave it where it begins."""
    if context.workflow == "company" or (context.awaiting or "").startswith("slot:company."):
        return "company"
    if context.workflow == "quote":
        return "quote"
    if context.workflow == "invoice":
        return "invoice"
    return "client" if context.workflow == "client" else "start"


def tools_of(stage: Stage) -> list[tuple[str, tuple[str, ...] | None]]:
    """Tools of a stage in a fixed order, each with the arguments that a model sees; None = all of them."""
    whole = _WHOLE.get(stage, frozenset())
    return [(name, None if name in whole else _OFTEN.get(name)) for name in _OFFERED[stage]]
