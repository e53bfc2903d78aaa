"""Views for the reply templates: recap, changed lines, totals, lists. Formats numbers; decides nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import phonenumbers

from graphs.shared.closing import closing, progress_view
from prompts.replies import say
from services.documents.amounts import (
    Language,
    amount_text,
    date_text,
    euros,
    month_text,
    quantity_text,
    rate_text,
    unit_price_text,
)
from services.documents.deadlines import payment_due, valid_until
from services.documents.ledger import QuoteAccount
from services.documents.schemas import Buyer, Discount, Document, Line, Seller, Totals
from services.documents.sending import Way
from services.documents.totals import compute_totals, line_amount

MOST_LINES = 12
"""Lines shown in a recap (UX-33); a longer document refers to the PDF, its lots with their subtotals (UX-34)."""
MOST_DOUBTS = 3
WHOLE = {"u", "forfait", "ens"}


def client_text(buyer: Buyer | None) -> str | None:
    """ "Mme Lefebvre", "Boulangerie Marchand"."""
    if buyer is None:
        return None
    return f"{buyer.title} {buyer.name}" if buyer.title else buyer.name


def masked_phone(phone: str | None) -> str:
    """ "06 •• •• 31 09": enough to recognise, not enough to leak (UX-44, UX-95)."""
    if not phone:
        return ""
    number = phonenumbers.parse(phone, "FR")
    style = phonenumbers.PhoneNumberFormat
    french = number.country_code == 33
    text = phonenumbers.format_number(number, style.NATIONAL if french else style.INTERNATIONAL)
    groups = text.split()
    if len(groups) < 4:
        return text[:2] + "••••" + text[-4:]
    return " ".join("••" if 0 < at < len(groups) - 2 else group for at, group in enumerate(groups))


def address_text(way: Way | None) -> str:
    """The masked phone, or the e-mail address, that a document goes to."""
    if way is None:
        return ""
    return masked_phone(way.address) if way.channel == "whatsapp" else way.address


class Wording:
    """The views of one document in one language."""

    def __init__(
        self,
        document: Document,
        seller: Seller,
        *,
        language: str,
        form: str | None,
        today: date,
        account: QuoteAccount | None = None,
        left: Decimal | None = None,
    ) -> None:
        self.document = document
        self.account = account
        self.left = left
        self.seller = seller
        self.language: Language = language  # type: ignore[assignment]
        self.form = form
        self.today = today
        self.totals: Totals = compute_totals(document)
        self._amounts = {line.position: line for line in self.totals.lines}

    def say(self, key: str, **values: Any) -> str:
        return say(self.language, key, form=self.form, **values)

    def amount(self, line: Line) -> str:
        """ "12 m² × 35,00 = 420,00"; the quantity is left out when it is one; "?" stands for what is missing.

        On a situation "60 % × 420,00 − 126,00 = 126,00": what is done, less what was invoiced before.
        """
        if line.progress is not None:
            return self._done(line)
        off = self._line_discount(line)
        total = self._amounts[line.position].total_ht if line.position in self._amounts else None
        shown = line_amount(line)
        one = line.quantity == 1 and (line.unit in WHOLE or line.unit is None)
        mode = " TTC" if line.price_mode == "ttc" else ""
        if one and not off:
            return "?" if line.unit_price is None else f"{amount_text(line.unit_price)}{mode}"
        price = unit_price_text(line.unit_price) if line.unit_price is not None else "?"
        left = f"{price}{off}" if one else f"{self.quantity(line)} × {price}{off}"
        result = "?" if shown is None else amount_text(shown if mode or total is None else total)
        return f"{left} = {result}{mode}"

    def _line_discount(self, line: Line) -> str:
        if line.discount_percent:
            return f" −{rate_text(line.discount_percent, self.language)}"
        return f" −{amount_text(line.discount_amount)}" if line.discount_amount else ""

    def _done(self, line: Line) -> str:
        progress = line.progress
        assert progress is not None
        left = f"{rate_text(progress.percent, self.language)} × {amount_text(progress.contracted)}"
        before = f" − {amount_text(progress.previous)}" if progress.previous else ""
        return f"{left}{before} = {amount_text(progress.cumulative - progress.previous)}"

    def quantity(self, line: Line) -> str:
        """ "12 m²", "2 adet" in Turkish for units, "? m²" when not said."""
        unit = {"u": "adet", "h": "saat", "j": "gün", "forfait": "götürü"}.get(line.unit or "", line.unit)
        unit = unit if self.language == "tr" else line.unit
        number = quantity_text(line.quantity) if line.quantity is not None else "?"
        return f"{number} {unit}" if unit else number

    def title(self) -> str:
        document = self.document
        pending = document.number is not None and document.issued_version != document.version
        return self.say(
            "recap.title",
            kind="amendment" if document.amends else document.kind,
            number=document.number,
            revision=document.revision + 1 if pending else document.revision,
            percent=self.share(),
            about=document.corrects.number if document.corrects else None,
            progress_number=document.progress_number if document.kind == "progress" else None,
        )

    def share(self) -> str | None:
        """The share of the quote that a deposit or a situation is, as said."""
        document = self.document
        shares = {"deposit": document.deposit_percent, "progress": document.progress_percent}
        percent = shares.get(document.kind)
        return None if percent is None else rate_text(percent, self.language)

    def about(self, *, new_client: bool, copied_from: dict[str, Any] | None = None) -> str:
        """What stands beside the client's name: new, his address, the documents it comes from, the site."""
        document, parts = self.document, []
        if document.buyer is not None:
            if new_client:
                parts.append(self.say("recap.new_client"))
            address = document.buyer.address
            if where := (address.one_line() if address.line else address.city):
                parts.append(where)
            if document.buyer.kind == "business" and document.buyer.siret:
                parts.append(f"SIRET {document.buyer.siret}")
        if copied_from is not None:
            parts.append(self.say("recap.copied_from", name=copied_from["client"], number=copied_from["number"]))
        if document.quote_number:
            final = document.kind == "balance"
            parts.append(self.say("recap.from_quote", number=document.quote_number, final=final))
        if document.amends is not None:
            parts.append(self.say("recap.from_quote", number=document.amends.number, final=False))
        if site := document.site.address.one_line():
            parts.append(self.say("recap.site", address=site))
        return ", ".join(parts)

    def rows(self) -> list[dict[str, Any]]:
        """The numbered lines under their lots; of a long document with lots, only these with their subtotals."""
        lines = self.document.lines
        if self.document.kind == "deposit":
            return []
        headings = {section.first: section for section in self.totals.sections}
        shown: list[dict[str, Any]] = []
        for line in lines if len(lines) <= MOST_LINES or not headings else []:
            if len(shown) >= MOST_LINES and len(lines) > MOST_LINES:
                break
            if (section := headings.get(line.position)) is not None:
                shown.append({"heading": section.title, "amount": amount_text(section.total_ht)})
            flag = bool(line.doubt or line.vat_doubt)
            shown.append({"n": line.position, "label": line.chat_label, "amount": self.amount(line), "flag": flag})
        if not shown:
            shown = [
                {"heading": section.title, "amount": amount_text(section.total_ht)}
                for section in self.totals.sections[:MOST_LINES]
            ]
        return shown

    def hidden(self) -> int:
        """Lines that only the PDF shows."""
        shown = sum(1 for row in self.rows() if "n" in row)
        return 0 if self.document.kind == "deposit" else len(self.document.lines) - shown

    def totals_view(self) -> dict[str, Any]:
        """Subtotal, VAT per rate with its reason, total, discount: as texts."""
        totals, reasons = self.totals, self._reasons()
        vat = [
            {
                "rate": rate_text(row.rate, self.language),
                "base": amount_text(row.base),
                "amount": amount_text(row.amount),
                "reason": reasons.get(row.rate, ""),
            }
            for row in totals.vat
            if row.category == "S"
        ]
        return {
            "lines_total": amount_text(totals.lines_total),
            "discount": amount_text(totals.discount) if totals.discount else None,
            "discount_label": self._discount_label(self.document.discount),
            "subtotal": amount_text(totals.subtotal),
            "vat": vat,
            "total": euros(totals.total),
            "no_vat": self._no_vat(),
            "complete": totals.complete,
            "progress": progress_view(self.document, self.language),
            "closing": self.closing(),
        }

    def _reasons(self) -> dict[Decimal, str]:
        """Why each rate: the first reasons of its lines, at most two."""
        reasons: dict[Decimal, list[str]] = {}
        for line in self.document.lines:
            if line.vat_rate is not None and line.vat_category == "S":
                reason, known = self.say("recap.reason", code=line.vat_reason), reasons.setdefault(line.vat_rate, [])
                if reason and reason not in known:
                    known.append(reason)
        return {rate: ", ".join(known[:2]) for rate, known in reasons.items()}

    def _no_vat(self) -> str | None:
        reason = next((line.vat_reason for line in self.document.lines if line.vat_category != "S"), None)
        return self.say("recap.no_vat", code=reason) if reason else None

    def _discount_label(self, discount: Discount | None) -> str | None:
        if discount is None or discount.percent is None:
            return None
        return rate_text(discount.percent, self.language)

    def doubts(self) -> list[str]:
        """At most three remarks on lines that need a look (UX-10, UX-33)."""
        notes = []
        copied = [line for line in self.document.lines if line.doubt == "copied"]
        if copied:
            detail = ", ".join(f"{line.chat_label} ({self.amount(line)})" for line in copied[:4])
            notes.append(self.say("recap.doubt", code="copied", n=0, detail=detail))
        for line in self.document.lines:
            for code in (line.doubt, line.vat_doubt):
                if code and code != "copied" and not code.startswith("unread"):  # that one is asked
                    notes.append(self._doubt(line, code))
        return notes[:MOST_DOUBTS]

    def _doubt(self, line: Line, code: str) -> str:
        kind, _, detail = code.partition(":")
        source, _, day = detail.partition("|")
        heard = line.quantity if kind == "phonetic" and line.unit_price is None else line.unit_price
        numbers = ("phonetic", "thousands", "conflict", "heard_badly", "read_sum")
        number = kind in numbers and detail.replace(".", "").isdigit()
        return self.say(
            "recap.doubt",
            code=kind,
            n=line.position,
            heard=(euros(heard) if kind == "price_memory" else quantity_text(heard)) if heard is not None else "?",
            detail=quantity_text(Decimal(detail)) if number else source,
            on=date_text(date.fromisoformat(day)) if _is_date(day) else None,
            quantity=self.quantity(line),
            unit=line.unit or "",
            label=line.chat_label,
        )

    def remarks(self) -> list[str]:
        """Notes printed on the document, and the dates of an invoice."""
        document = self.document
        notes = [*document.notes, *self.facts()]
        if document.kind not in ("quote", "credit_note"):
            notes.append(self.say("recap.service", when=self.when(), due=date_text(self._due())))
        return notes

    def facts(self) -> list[str]:
        """Facts about the contract that are printed: where it was agreed, urgency, order number, waste."""
        document, said = self.document, []
        if document.kind == "quote" and document.off_premises:
            said.append(self.say("recap.off_premises"))
        if document.kind == "quote" and document.urgent:
            said.append(self.say("recap.urgent"))
        if document.buyer_reference:
            said.append(self.say("recap.order_number", value=document.buyer_reference))
        if document.kind == "quote" and document.waste is not None:
            parts = [document.waste.quantity, document.waste.collection_point]
            said.append(self.say("recap.waste", value=", ".join(part for part in parts if part)))
        return said

    def closing(self) -> list[str]:
        """What stands below the totals."""
        return closing(self.document, self.totals, self.account, self.say, language=self.language, left=self.left)

    def when(self) -> str:
        document = self.document
        if document.service_month:
            return month_text(document.service_month, self.language)
        return date_text(document.service_date or document.issue_date or self.today)

    def _due(self) -> date:
        issued = self.document.model_copy(update={"issue_date": self.document.issue_date or self.today})
        return payment_due(issued) or self.today

    def recap(self, *, new_client: bool, copied_from: dict[str, Any] | None = None) -> str:
        """The whole recap (UX-33), without its closing question."""
        return self.say(
            "recap.full",
            title=self.title(),
            client=client_text(self.document.buyer),
            about=self.about(new_client=new_client, copied_from=copied_from),
            rows=self.rows(),
            hidden=self.hidden(),
            remarks=self.remarks(),
            doubts=self.doubts(),
            **self.totals_view(),
        )

    def totals_line(self) -> str:
        return self.say("recap.totals_line", **self.totals_view())

    def last_day(self) -> date | None:
        """The date limit on the document: end of the offer, or due date."""
        return valid_until(self.document) if self.document.kind == "quote" else payment_due(self.document)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
