"""What the services refuse about documents, as answers: the status, a plain sentence, and the field it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg.errors import CheckViolation
from sqlalchemy.exc import IntegrityError

from api.errors import ApiError, ErrorDetail
from services.clients.service import ClientUnknown
from services.documents.completeness import NotComplete
from services.documents.consent import ConsentMissing
from services.documents.editing import EditRefused
from services.documents.refusals import FollowUpRefused
from services.documents.sending import NoAddress
from services.documents.service import NotFound, Outdated
from services.office.gates import NoNumber, Unreachable

REFUSALS: dict[str, tuple[int, str, str | None]] = {
    "invoice_is_final": (409, "An issued invoice does not change: credit it, or replace it by a corrective one.", None),
    "quote_is_signed": (409, "The client signed this quote: what changes is an amendment.", None),
    "quote_signed": (409, "The client signed this quote, or its works are invoiced: it is a contract.", None),
    "quote_not_signed": (409, "The quote is not signed yet: change the quote itself.", None),
    "draft_discarded": (409, "The draft was discarded.", None),
    "issued_already": (409, "It is issued.", None),
    "nothing_to_undo": (409, "There is nothing to go back to.", None),
    "nothing_to_preview": (409, "A draft without lines shows nothing.", "lines"),
    "copy_is_not_ready": (409, "It is not issued in this version, or its PDF is not ready.", None),
    "pdf_is_not_failed": (409, "Only a PDF that could not be made is made again.", None),
    "lines_follow": (409, "These lines are derived from the quote or invoice that the document follows.", "lines"),
    "line_unknown": (404, "There is no such line.", None),
    "client_follows": (409, "It follows a document made out to somebody else: that needs one of its own.", "client_id"),
    "deposit_how_much": (422, "A deposit wants a percentage or an amount.", "deposit"),
    "deposit_needed": (422, "A deposit wants a percentage or an amount.", "deposit"),
    "deposit_on_what": (422, "Only quotes and deposit invoices have a deposit.", "deposit"),
    "deposit_too_large": (422, "The deposit is more than is left to invoice.", "deposit"),
    "deposit_deducted": (409, "The deposit is deducted on a later invoice: correct that one first.", None),
    "discount_how_much": (422, "A discount wants a percentage, an amount or a total.", "discount"),
    "discount_impossible": (422, "The discount does not fit the total.", "discount"),
    "retention_on_what": (422, "A credit note keeps nothing back.", "retention"),
    "retention_too_large": (422, "A retention guarantee is at most 5 % (loi 71-584).", "retention"),
    "retention_too_high": (422, "A retention guarantee is at most 5 % (loi 71-584).", "retention"),
    "dwelling_share": (422, "The share that is lived in is between 0 and 100 %.", "site.dwelling_share"),
    "vat_follows": (422, "VAT and subcontracting follow from the document that this one follows.", "vat_rate"),
    "vat_zero": (422, "Works are not taxed at 0 % without a reason of law.", "vat_rate"),
    "vat_franchise": (422, "The company is not liable for VAT (franchise en base).", "vat_rate"),
    "vat_untaxed": (422, "No VAT is due where the works are.", "vat_rate"),
    "vat_rate_unknown": (422, "There is no such rate where the works are.", "vat_rate"),
    "progress_on_what": (422, "Only a situation has a progress.", "progress_percent"),
    "progress_needed": (422, "A situation wants to know how far the works have come.", "progress_percent"),
    "progress_too_large": (422, "The progress goes up to 100 %.", "progress_percent"),
    "progress_goes_back": (422, "The progress counts from the beginning: it cannot go back.", "progress_percent"),
    "later_situation": (409, "A later situation exists: the last one is corrected first.", None),
    "credit_on_what": (422, "Only a credit note takes something back.", "credit"),
    "credit_too_large": (422, "It is more than is left of the invoice.", "credit"),
    "credit_lines_unknown": (422, "The invoice has no such lines.", "credit.lines"),
    "amount_too_large": (422, "The amounts are too large.", "lines"),
    "quote_needed": (404, "There is no such quote.", "quote_id"),
    "quote_not_issued": (409, "The quote is not issued yet.", "quote_id"),
    "quote_refused": (409, "The client refused this quote, or it was replaced.", "quote_id"),
    "nothing_left": (409, "Everything is invoiced already.", None),
    "over_contract": (409, "It is more than the contract: it needs an amendment, or lines outside the quote.", "lines"),
    "original_needed": (409, "The invoice is not issued.", None),
    "original_cancelled": (409, "The invoice is credited or replaced already.", None),
    "paid_more": (409, "The client paid more than would be left: note the refund first.", None),
    "account_changed": (409, "Another document was issued in between: read this one again.", None),
}
"""By the code of the services' refusal: status, sentence, field of the request."""
_STALE = "The document was changed since you read it: read it again."


@contextmanager
def answered() -> Iterator[None]:
    """Turns the services' refusals inside the block into answers (R218)."""
    try:
        yield
    except NotFound as error:
        raise ApiError(404, "There is no such document.") from error
    except ClientUnknown as error:
        raise ApiError(422, "There is no such client.", [_detail("client_id", "unknown")]) from error
    except Outdated as error:
        raise ApiError(409, _STALE) from error
    except (EditRefused, FollowUpRefused) as refusal:
        raise _refused(refusal.code, refusal.values) from refusal
    except NotComplete as error:
        details = [_detail(lack.code, _values(lack.values) or "is missing") for lack in error.missing]
        raise ApiError(422, "The document lacks what the law wants on it.", details) from error
    except ConsentMissing as error:
        detail = _detail("recap", "is not that of this version")
        raise ApiError(409, "Name the version and the recap that you read.", [detail]) from error
    except NoAddress as error:
        detail = _detail("client.phone", "is missing")
        raise ApiError(
            422, "The client has neither a phone nor, where e-mail is set up, an e-mail.", [detail]
        ) from error
    except Unreachable as error:
        detail = _detail("client.phone", error.why)
        if error.why == "objected":
            raise ApiError(422, "The client wants no messages by WhatsApp: see his consents.", [detail]) from error
        raise ApiError(422, "WhatsApp refused the client's phone: give another one.", [detail]) from error
    except NoNumber as error:
        raise ApiError(503, "There is no number yet from which documents could be sent.") from error
    except IntegrityError as error:
        if isinstance(error.orig, CheckViolation) and "approval" in str(error.orig):
            raise ApiError(403, "Only a signed-in member who may issue gives this word.") from error
        raise


def _refused(code: str, values: dict[str, Any]) -> ApiError:
    status, sentence, field = REFUSALS[code]
    said = _values(values)
    return ApiError(status, sentence, [_detail(field or code, said or code)] if field or said else [])


def _values(values: dict[str, Any]) -> str:
    """ "number DEVIS-2026-0001, left 120.00": what the refusal is about."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in values.items() if value is not None)


def _plain(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, (list, tuple)) else str(value)


def _detail(field: str, message: str) -> ErrorDetail:
    return ErrorDetail(field=field, message=message)
