"""Every tool of the product, by name. A tool exists when it is listed here."""

from __future__ import annotations

from tools import (
    accept_quote,
    add_line_item,
    amend_quote,
    ask_help,
    cancel_document,
    choose,
    confirm,
    copy_document,
    correct_invoice,
    create_client,
    deny,
    discard_draft,
    find_client,
    generate_pdf,
    get_company,
    get_document,
    hand_over,
    issue_credit_note,
    issue_document,
    keep_company_file,
    link_quote,
    list_documents,
    look_up_company,
    lookup_siret,
    move_line_item,
    off_topic,
    preview_document,
    price_history,
    record_payment,
    release_retention,
    remove_line_item,
    resume_bot,
    select_client,
    send_whatsapp,
    set_circumstances,
    set_dates,
    set_deposit,
    set_discount,
    set_note,
    set_progress,
    set_retention,
    set_site,
    set_subcontracting,
    set_up_company,
    set_vat,
    set_voice_replies,
    set_waste,
    show_recap,
    show_transcript,
    skip,
    start_document,
    switch_draft,
    undo,
    update_client,
    update_company,
    update_line_item,
)
from tools.definition import Effect, ToolDefinition

_MODULES = (
    start_document, select_client, create_client, update_client, update_company, keep_company_file, look_up_company,
    set_up_company, find_client, add_line_item,
    update_line_item, remove_line_item, move_line_item, set_vat, set_site, set_subcontracting, set_circumstances, set_waste,
    set_discount, set_deposit, set_progress, set_retention, set_dates, set_note, copy_document, link_quote,
    amend_quote, correct_invoice, issue_credit_note, accept_quote, switch_draft, undo, cancel_document,
    discard_draft, record_payment, release_retention, list_documents, get_document, preview_document, get_company,
    price_history, lookup_siret, issue_document, generate_pdf, send_whatsapp,
    confirm, deny, skip, choose, show_recap, show_transcript, set_voice_replies, ask_help, hand_over, resume_bot,
    off_topic,
)  # fmt: skip

REGISTRY: dict[str, ToolDefinition] = {module.TOOL.name: module.TOOL for module in _MODULES}


def offered_to_models() -> list[ToolDefinition]:
    """The tools a model may call; what is irreversible is called by code alone."""
    return [tool for tool in REGISTRY.values() if not tool.by_code_only]


def reads() -> list[ToolDefinition]:
    """Tools without any effect, for the open questions of the ``ask`` workflow."""
    return [tool for tool in REGISTRY.values() if tool.effect is Effect.READ]
