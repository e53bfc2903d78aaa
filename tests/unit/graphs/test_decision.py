"""The next step of a document is a pure function of the draft and of what the turn brought."""

import importlib.util
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest

from graphs.shared.decision import decide, remember_skips
from graphs.shared.situation import Situation
from services.documents.completeness import missing_for_issue
from services.documents.schemas import Address
from tools.context import Fact, Memory

_spec = importlib.util.spec_from_file_location("graph_documents", Path(__file__).parent / "documents.py")
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)


def situation(document, *, start="same", awaited=None, facts=(), memory=None, seller=documents.SELLER):
    before = document.model_copy(deep=True) if start == "same" and document else None if start == "same" else start
    missing = missing_for_issue(document, seller, today=documents.TODAY) if document and document.lines else []
    facts = [Fact(*fact) for fact in facts]
    return Situation(document, before, memory or Memory(awaiting=awaited), awaited, facts, missing=missing)


def issued(document):
    document.number, document.status, document.version, document.issued_version = "DEVIS-2026-0001", "issued", 3, 3
    return document


def test_a_complete_quote_waits_for_the_word():
    step = decide(situation(documents.placo()))
    assert (step.awaiting, step.current_step, step.actions) == ("confirm:issue", "review_total", [])


@pytest.mark.parametrize(
    ("document", "awaiting", "line"),
    [
        (documents.document(), "slot:client.name", None),
        (documents.document(buyer=documents.buyer()), "slot:lines", None),
        (documents.document(("gouttière", "18", "ml", None), buyer=documents.buyer()), "slot:line.price", 1),
        (documents.document(("dalle", None, "m²", "65"), buyer=documents.buyer()), "slot:line.quantity", 1),
        (documents.document(("dalle", "20", "m²", "65")), "slot:client.name", None),
    ],
)
def test_what_blocks_is_asked_one_thing_at_a_time(document, awaiting, line):
    step = decide(situation(document))
    assert (step.awaiting, step.awaiting_line) == (awaiting, line)


def test_a_yes_to_the_recap_issues():
    step = decide(situation(documents.placo(), awaited="confirm:issue", facts=[("confirmed",)]))
    assert step.actions == [("issue_document", {})]


def test_a_yes_with_a_changed_amount_only_shows_the_change():
    before = documents.placo()
    after = before.model_copy(deep=True)
    after.lines[0].unit_price = Decimal(40)
    step = decide(situation(after, start=before, awaited="confirm:issue", facts=[("confirmed",)]))
    assert (step.actions, step.awaiting) == ([], "confirm:issue")


def test_a_yes_with_other_words_only_goes_through():
    before = documents.placo()
    after = before.model_copy(deep=True)
    after.lines[1].description = "Peinture, sous-couche comprise"
    step = decide(situation(after, start=before, awaited="confirm:issue", facts=[("confirmed",)]))
    assert step.actions == [("issue_document", {})]


@pytest.mark.parametrize("fact", ["refused", "denied", "client_ambiguous"])
def test_a_yes_with_anything_unclear_does_not_issue(fact):
    values = {"key": "which_line", "values": {"lines": []}, "candidates": []}
    step = decide(situation(documents.placo(), awaited="confirm:issue", facts=[("confirmed",), (fact, values)]))
    assert ("issue_document", {}) not in step.actions


def test_a_yes_to_nothing_does_nothing():
    step = decide(situation(documents.placo(), awaited=None, facts=[("confirmed",)]))
    assert (step.actions, step.awaiting) == ([], "confirm:issue")


def test_after_the_issue_the_pdf_is_ordered_and_sending_offered():
    document = issued(documents.placo())
    step = decide(situation(document, facts=[("issued",)]))
    assert step.actions == [("generate_pdf", {})]
    assert step.awaiting == "confirm:send_to_client"
    assert [choice.value for choice in step.choices] == ["confirmed:send", "denied:"]


def test_without_a_phone_the_number_is_asked_instead():
    document = issued(documents.document(("placo", "12", "m²", "35"), buyer=documents.buyer(phone=None)))
    assert decide(situation(document, facts=[("issued",)])).awaiting == "slot:client.phone"


def test_sending_said_with_the_yes_follows_the_issue():
    document = issued(documents.placo())
    step = decide(situation(document, facts=[("issued",)], memory=Memory(wants_send=True)))
    assert step.actions == [("send_whatsapp", {"to": "client"})]


def test_sending_needs_its_own_word():
    document = issued(documents.placo())
    asked = decide(situation(document, awaited="confirm:send_to_client"))
    told = decide(situation(document, awaited="confirm:send_to_client", facts=[("confirmed", {"gate": "send"})]))
    kept = decide(situation(document, awaited="confirm:send_to_client", facts=[("denied",)]))
    assert (asked.actions, asked.awaiting) == ([], "confirm:send_to_client")
    assert told.actions == [("send_whatsapp", {"to": "client"})]
    assert (kept.actions, kept.done, kept.answer) == ([], True, "answers.kept")


def test_an_issued_quote_that_changed_is_offered_as_a_new_version():
    before = issued(documents.placo())
    after = before.model_copy(deep=True)
    after.lines[0].quantity = Decimal(14)
    step = decide(situation(after, start=before))
    assert (step.awaiting, step.question) == ("confirm:issue", "questions.reissue")


def test_an_invoice_wants_the_address_and_a_business_its_siret():
    line = ("dépannage", None, None, "150")
    nobody = documents.document(line, kind="invoice", buyer=documents.buyer())
    firm = documents.document(line, kind="invoice", buyer=documents.buyer(kind="business", address=documents.LYON))
    person = documents.document(line, kind="invoice", buyer=documents.buyer(address=documents.LYON))
    assert decide(situation(nobody)).awaiting == "slot:client.address"
    assert decide(situation(firm)).awaiting == "slot:client.siret"
    assert decide(situation(person)).awaiting == "confirm:issue"


def test_an_invoice_does_not_leave_without_the_clients_address():
    bill = documents.document(("dépannage", None, None, "150"), kind="invoice", buyer=documents.buyer())
    s = situation(bill, awaited="slot:client.address", facts=[("skipped",)])
    remember_skips(s)
    assert decide(s).awaiting == "slot:client.address"


def test_a_business_may_come_without_siret_until_the_law_wants_it():
    line = ("dépannage", None, None, "150")
    bill = documents.document(line, kind="invoice", buyer=documents.buyer(kind="business", address=documents.LYON))
    s = situation(bill, awaited="slot:client.siret", facts=[("skipped",)])
    remember_skips(s)
    assert decide(s).awaiting == "confirm:issue"


@pytest.mark.parametrize(
    ("lacking", "awaiting"),
    [
        ({"siret": None}, "slot:company.siret"),
        ({"address": Address()}, "slot:company.address"),
        ({"insurance_status": "unknown", "insurer_name": None}, "slot:company.insurance"),
        ({"insurance_until": date(2025, 12, 31)}, "slot:company.insurance"),
    ],
)
def test_what_the_company_lacks_is_asked_when_it_blocks(lacking, awaiting):
    seller = documents.SELLER.model_copy(update=lacking)
    assert decide(situation(documents.placo(), seller=seller)).awaiting == awaiting
    said = decide(situation(documents.placo(), seller=seller, awaited="confirm:issue", facts=[("confirmed",)]))
    assert said.actions == [], "a yes does not issue what the law does not let out"


def test_a_reduced_rate_where_none_is_allowed_becomes_the_normal_one_at_his_word():
    document = documents.placo()
    document.site.premises = "business"
    for line in document.lines:
        line.vat_rate, line.vat_category = Decimal(10), "S"
    assert decide(situation(document)).awaiting == "confirm:vat"
    agreed = decide(situation(document, awaited="confirm:vat", facts=[("confirmed",)]))
    assert agreed.actions == [("set_vat", {"rate": "20", "line": line.position}) for line in document.lines]


# Documents that follow others


def test_a_deposit_without_a_share_asks_for_it():
    document = documents.document(kind="deposit", buyer=documents.buyer())
    document.quote_id = uuid4()
    assert decide(situation(document)).awaiting == "slot:deposit"
    document.deposit_percent = Decimal(30)
    refused = [("refused", {"key": "follow_up_deposit_too_large", "values": {}})]
    again = decide(situation(document, facts=[*refused, ("follow_up_refused", {"code": "deposit_too_large"})]))
    assert (again.awaiting, again.question) == ("slot:deposit", None)


def test_several_quotes_are_a_numbered_choice():
    document = documents.document(kind="balance", buyer=documents.buyer())
    choices = [("quote:1", "Petit DEVIS-2026-0001"), ("quote:2", "Petit DEVIS-2026-0002")]
    step = decide(situation(document, facts=[("document_choice", {"choices": choices})]))
    assert step.awaiting == "choice:document"
    assert [(choice.number, choice.value) for choice in step.choices] == [(1, "quote:1"), (2, "quote:2")]


def test_a_signature_offers_a_deposit():
    values = {"number": "DEVIS-2026-0001", "percent": None, "amount": None, "amends": False}
    step = decide(situation(issued(documents.placo()), facts=[("accepted", values)]))
    assert (step.awaiting, step.follows) == ("slot:deposit", "DEVIS-2026-0001")
    amendment = decide(situation(issued(documents.placo()), facts=[("accepted", values | {"amends": True})]))
    assert amendment.awaiting is None


def test_an_issued_invoice_is_credited_at_his_word_only():
    refused = ("refused", {"key": "credit_offered", "values": {"number": "FACT-2026-0012"}})
    offered = decide(situation(None, facts=[refused]))
    assert (offered.awaiting, offered.follows) == ("confirm:credit", "FACT-2026-0012")
    memory = Memory(awaiting="confirm:credit", follows="FACT-2026-0012")
    yes = decide(situation(None, awaited="confirm:credit", facts=[("confirmed",)], memory=memory))
    assert yes.actions == [("issue_credit_note", {"reference": "FACT-2026-0012"})]
    assert decide(situation(None, awaited="confirm:credit", facts=[("denied",)], memory=memory)).actions == []


def test_the_age_of_the_house_is_asked_only_when_it_changes_the_rate():
    document = documents.placo()
    document.site.age_years = 2
    from services.documents.drafts import apply_vat

    apply_vat(document, documents.SELLER, Decimal(20), documents.TODAY)
    assert decide(situation(document)).awaiting == "slot:vat"


def _for_a_builder():
    from services.documents.drafts import apply_vat

    document = documents.placo()
    document.buyer.kind, document.buyer.main_contractor = "business", True
    apply_vat(document, documents.SELLER, Decimal(20), documents.TODAY)
    return document


def test_works_for_a_builder_ask_whether_they_are_subcontracted():
    step = decide(situation(_for_a_builder()))
    assert (step.awaiting, step.question) == ("slot:vat", "questions.vat_subcontracting")
    assert [choice.value for choice in step.choices] == ["subcontracting:yes", "subcontracting:no"]


def test_yes_and_no_answer_whether_works_are_subcontracted():
    yes = decide(situation(_for_a_builder(), awaited="slot:vat", facts=[("confirmed",)]))
    assert yes.actions == [("set_subcontracting", {"value": True})]
    no = situation(_for_a_builder(), awaited="slot:vat", facts=[("denied",)])
    remember_skips(no)
    assert decide(no).awaiting == "confirm:issue"


def test_the_share_lived_in_is_asked_when_nobody_told_it():
    from services.documents.drafts import apply_vat

    document = documents.placo()
    document.site.premises = "mixed"
    apply_vat(document, documents.SELLER, Decimal(20), documents.TODAY)
    assert decide(situation(document)).question == "questions.vat_share"
    document.site.dwelling_share = Decimal(60)
    apply_vat(document, documents.SELLER, Decimal(20), documents.TODAY)
    assert decide(situation(document)).awaiting == "confirm:issue"


def test_giving_up_is_asked_once_and_then_done():
    document = documents.placo()
    assert decide(situation(document, facts=[("cancel_wanted",)])).awaiting == "confirm:cancel"
    step = decide(situation(document, awaited="confirm:cancel", facts=[("confirmed",)]))
    assert step.actions == [("discard_draft", {})]
    assert decide(situation(document, awaited="confirm:cancel", facts=[("denied",)])).awaiting == "confirm:issue"


def test_waiting_asks_once() -> None:
    """The answer to a "no" already asks what changes; the question stays only to say that it is also sent (UX-03)."""
    step = decide(situation(documents.placo(), awaited="confirm:issue", facts=[("denied",)]))
    assert (step.awaiting, step.answer, step.question) == ("confirm:issue", "answers.wait", None)
    sending = situation(documents.placo(), awaited="confirm:issue", facts=[("denied",)], memory=Memory(wants_send=True))
    assert decide(sending).question == "questions.issue_quote"


def test_which_line_is_asked_before_anything_else():
    """Two numbered lists in one message would let "1" answer the wrong one: here, send a wrong price (UX-55, UX-56)."""
    values = {"key": "which_line", "values": {"said": "peinture", "lines": [(1, "Placo"), (2, "Peinture")]}}
    issued_one = issued(documents.placo())
    step = decide(situation(issued_one, awaited="confirm:send_to_client", facts=[("refused", values)]))
    assert (step.awaiting, step.question) == ("choice:line", None)
    assert [(choice.number, choice.value) for choice in step.choices] == [(1, "line:1"), (2, "line:2")]
