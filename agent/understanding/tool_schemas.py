"""The tools as a language model sees them: flat, nullable, language-neutral arguments (DESIGN §7, langgraph.md §2).

One table of arguments, one table of tools. The JSON schemas given to a model and the Pydantic models that check its
answers both come from here, so that they cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError, create_model

from agent.understanding.stages import Stage, tools_of
from tools.commands import Command

_ABSENT = frozenset({"", "null", "none", "n/a", "nil", "undefined"})


def _absent_to_none(value: Any) -> Any:
    return None if isinstance(value, str) and value.strip().lower() in _ABSENT else value


def _decimal_string(value: Any) -> Any:
    """A non-negative number as a plain string with a dot; models also write 12, 12.5 and "12,5"."""
    value = _absent_to_none(value)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("not a number")
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation as error:
        raise ValueError("not a number") from error
    if not number.is_finite() or number < 0:
        raise ValueError("not a positive number")
    return plain(number)


def plain(number: Decimal) -> str:
    """Canonical form of a number: no exponent, no trailing zeros ("45", "12.5")."""
    return format(number.normalize(), "f") if number else "0"


def _iso_date(value: str | None) -> str | None:
    if value is not None:
        date.fromisoformat(value)
    return value


def _iso_month(value: str | None) -> str | None:
    if value is not None:
        date.fromisoformat(f"{value}-01")
    return value


Text = Annotated[str | None, BeforeValidator(_absent_to_none)]
Number = Annotated[str | None, BeforeValidator(_decimal_string)]
Integer = Annotated[int | None, BeforeValidator(_absent_to_none)]
Flag = Annotated[bool | None, BeforeValidator(_absent_to_none)]
IsoDate = Annotated[str | None, BeforeValidator(_absent_to_none), AfterValidator(_iso_date)]
IsoMonth = Annotated[str | None, BeforeValidator(_absent_to_none), AfterValidator(_iso_month)]
absent = BeforeValidator(_absent_to_none)
Unit = Annotated[Literal["m²", "ml", "m³", "u", "h", "j", "forfait", "kg", "sac", "ens", "l", "t"] | None, absent]
VatRate = Annotated[Literal["20", "10", "5.5", "8.5", "2.1", "0"] | None, BeforeValidator(_decimal_string)]
PriceMode = Annotated[Literal["ht", "ttc"] | None, absent]
Title = Annotated[Literal["M.", "Mme"] | None, absent]
ClientKind = Annotated[Literal["consumer", "business", "public", "foreign"] | None, absent]
DocumentKind = Annotated[Literal["quote", "invoice", "deposit", "progress", "balance"] | None, absent]
Method = Annotated[Literal["transfer", "cash", "card", "cheque", "direct_debit"] | None, absent]
Premises = Annotated[Literal["dwelling", "business", "new_build", "mixed"] | None, absent]
Territory = Annotated[
    Literal["metropole", "corse", "guadeloupe", "martinique", "reunion", "guyane", "mayotte"] | None, absent
]
Status = Annotated[Literal["draft", "issued", "sent", "unpaid", "overdue", "paid", "accepted"] | None, absent]

ARGUMENTS: dict[str, tuple[Any, str]] = {
    "address": (Text, ""),
    "age_years": (Integer, "of the building"),
    "amount": (Number, "EUR"),
    "billing_address": (Text, "address for invoices when it is another one"),
    "buyer_reference": (Text, "order number of the client, as said"),
    "client_name": (Text, ""),
    "collection_point": (Text, "where the waste goes"),
    "completed_on": (IsoDate, "when the building was finished"),
    "completed_year": (Integer, "when the building was finished"),
    "country": (Text, "country abroad, ISO code"),
    "date": (IsoDate, ""),
    "description": (Text, "the work, no price, no quantity"),
    "discount_amount": (Number, "discount on this line in EUR"),
    "discount_percent": (Number, "discount on this line in percent; 0 takes it away"),
    "doubt": (Text, "phonetic:N or thousands:N when another number N is as plausible"),
    "dwelling_share": (Number, "percent lived in, of mixed premises"),
    "due_date": (IsoDate, ""),
    "due_days": (Integer, ""),
    "einvoicing_address": (Text, ""),
    "email": (Text, ""),
    "kind": (DocumentKind, ""),
    "line": (Integer, "line number, only if he says it"),
    "main_contractor": (Flag, "true when he builds for others (entreprise générale)"),
    "match": (Text, "his words for the line"),
    "match_value": (Number, "a number the line carries now"),
    "method": (Method, ""),
    "name": (Text, ""),
    "new_name": (Text, ""),
    "off_premises": (Flag, "true when agreed at the client's home"),
    "percent": (Number, ""),
    "phone": (Text, ""),
    "place": (Text, "town said to tell which client"),
    "premises": (Premises, ""),
    "price_mode": (PriceMode, "ttc (KDV dahil), ht (KDV hariç)"),
    "quantity": (Number, ""),
    "query": (Text, ""),
    "rate": (VatRate, ""),
    "reference": (Text, ""),
    "remove": (Flag, "true takes it away"),
    "section": (Text, "lot or room the line was said under"),
    "service_date": (IsoDate, "day the work was done"),
    "service_month": (IsoMonth, "month the work was done, 2026-11"),
    "siren": (Text, ""),
    "siret": (Text, ""),
    "small_business": (Flag, "true for at most five employees"),
    "start_date": (IsoDate, "day the work starts"),
    "status": (Status, ""),
    "target_total": (Number, "total to reach, EUR"),
    "territory": (Territory, "overseas or Corsica"),
    "text": (Text, ""),
    "title": (Title, ""),
    "topic": (Text, "object that the following bare actions refer to"),
    "total": (Number, "EUR for the whole line, said as such"),
    "unit": (Unit, ""),
    "until": (IsoDate, "date until which it is kept"),
    "urgent": (Flag, "true for an urgent repair"),
    "unit_price": (Number, "EUR for one unit"),
    "validity_days": (Integer, ""),
    "vat_number": (Text, ""),
    "vat_rate": (VatRate, ""),
}
_CLIENT_KIND = (ClientKind, "business: a company; public: mairie, school")


@dataclass(frozen=True)
class ToolSpec:
    """A tool that a model may call: what it is for and its arguments."""

    name: str
    description: str
    arguments: tuple[str, ...] = ()
    own: Mapping[str, tuple[Any, str]] | None = None

    def fields(self) -> dict[str, tuple[Any, str]]:
        """Argument name to (annotation, description)."""
        return {name: (self.own or {}).get(name) or ARGUMENTS[name] for name in self.arguments}

    @property
    def model(self) -> type[BaseModel]:
        """Checks and normalises the arguments of a call."""
        return _arguments_model(self.name)

    def schema(self, shown: Collection[str] | None = None) -> dict[str, Any]:
        """The function as the chat completions API wants it in strict mode: every property required, none extra.

        ``shown``: the arguments that the model gets to see, all of them when None.
        """
        properties = {
            name: _property(*field) for name, field in self.fields().items() if shown is None or name in shown
        }
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "strict": True,
                "parameters": {
                    "type": "object",
                    "properties": properties,
                    "required": list(properties),
                    "additionalProperties": False,
                },
            },
        }


_JSON_TYPES: dict[Any, str] = {int: "integer", bool: "boolean", str: "string"}


def _property(annotation: Any, description: str) -> dict[str, Any]:
    options = get_args(get_args(annotation)[0])
    kind = next(option for option in options if option is not type(None))
    if get_origin(kind) is Literal:
        schema: dict[str, Any] = {"type": ["string", "null"], "enum": [*get_args(kind), None]}
    else:
        schema = {"type": [_JSON_TYPES[kind], "null"]}
    return {**schema, "description": description} if description else schema


def _specs() -> list[ToolSpec]:
    from agent.understanding.company_arguments import COMPANY

    card = (
        "name",
        "title",
        "address",
        "phone",
        "email",
        "siret",
        "vat_number",
        "kind",
        "siren",
        "billing_address",
        "country",
        "main_contractor",
        "small_business",
        "einvoicing_address",
    )
    amounts = ("quantity", "unit", "unit_price", "total", "price_mode", "vat_rate")
    target = ("line", "match", "match_value")
    client_kind = {"kind": _CLIENT_KIND}
    gate: Any = Annotated[Literal["issue", "send"] | None, absent]
    option = {"option": (Integer, "number of the choice")}
    what: Any = Annotated[Literal["status", "resend", "show"] | None, absent]
    scope: Any = Annotated[Literal["draft", "all"] | None, absent]
    to: Any = Annotated[Literal["client", "artisan"] | None, absent]
    spec: Callable[..., ToolSpec] = ToolSpec
    # fmt: off
    return [
        spec("start_document", "Begin a quote (devis, teklif), an invoice (facture, fatura), a deposit invoice "
             "(acompte, avans), a progress invoice (situation, hakediş), the balance (solde, bakiye).", ("kind",)),
        spec("select_client", "The client of the document.", ("name", "title", "place", "kind"), client_kind),
        spec("create_client", "Explicit order to create a client card.", ("place", *card), client_kind),
        spec("update_client", "Change or complete a client (name null = client of the draft).",
             ("name", "new_name", *card[1:]), client_kind),
        spec("update_company", "What he says about his own company (mon, ma, -ım): never about a client.",
             tuple(COMPANY), COMPANY),
        spec("keep_company_file", "The picture or PDF he sends is his own logo or insurance attestation.", ("file",),
             {"file": (Annotated[Literal["logo", "attestation"] | None, absent], "what the file is")}),
        spec("set_up_company", "Set his own company up step by step (configurer, kur), or stop doing so.", ("stop",),
             {"stop": (Flag, "he wants to leave it for now")}),
        spec("get_company", "Show the card of his own company (mes infos, bilgilerim)."),
        spec("find_client", "Search a client.", ("query",)),
        spec("add_line_item", "One line of work or supply.", ("description", *amounts, "section", "topic", "doubt")),
        spec("update_line_item", "Change a line: point at it by line, match or match_value (all null = the last line).",
             (*target, "description", *amounts, "section", "discount_percent", "discount_amount")),
        spec("remove_line_item", "Take a line away.", target),
        spec("move_line_item", "Move a line.", ("line", "to"), {"to": (Integer, "new position")}),
        spec("set_vat", "VAT rate of a line or of the whole document.", ("rate", "line", "match")),
        spec("set_site", "Facts about the site or building.",
             ("address", "premises", "dwelling_share", "territory", "completed_year", "completed_on", "age_years")),
        spec("set_discount", "Discount by percent, by amount, or to reach a total.",
             ("percent", "amount", "target_total", "price_mode", "remove")),
        spec("set_deposit", "Deposit asked for (acompte, avans).", ("percent", "amount")),
        spec("set_progress", "How far the works are, in percent since the beginning; line or match for one line.",
             ("percent", "line", "match")),
        spec("set_retention", "Retention guarantee (retenue de garantie, teminat), percent null if not said.",
             ("percent", "until", "remove"), {"remove": (Flag, "true to take the retention away")}),
        spec("set_circumstances", "Agreed at the client's home, urgent repair, order number of the client.",
             ("off_premises", "urgent", "buyer_reference")),
        spec("set_waste", "Waste of the works (déchets, atık): quantity in words, where it goes.",
             ("quantity", "collection_point"), {"quantity": (Text, "estimated quantity in his words, with the unit")}),
        spec("set_dates", "Dates and delays.",
             ("service_date", "service_month", "validity_days", "due_days", "due_date", "start_date")),
        spec("set_note", "A note printed on the document.", ("text",)),
        spec("set_subcontracting", "The work is subcontracted (sous-traitance, taşeron).", ("value",),
             {"value": (Flag, "true or false")}),
        spec("copy_document", "Same as an earlier document (pareil que, aynısı).", ("client_name", "reference")),
        spec("link_quote", "Invoice from an existing quote.", ("reference", "client_name")),
        spec("amend_quote", "Works added to an issued quote (avenant, au chantier de…); lines follow.",
             ("reference", "client_name")),
        spec("accept_quote", "The client signed or accepted a quote.", ("reference", "client_name", "date")),
        spec("correct_invoice", "A corrected invoice that replaces an issued one.", ("reference", "client_name")),
        spec("switch_draft", "Go back to another open draft.", ("client_name", "reference")),
        spec("undo", "Undo the last change (annule, geri al)."),
        spec("cancel_document", "Give the draft up, or everything.", ("scope", "reference"),
             {"scope": (scope, "draft unless he says everything")}),
        spec("record_payment", "A client paid.", ("reference", "client_name", "amount", "date", "method")),
        spec("release_retention", "The retention guarantee is released.", ("reference", "client_name")),
        spec("preview_document", "Show the draft as a PDF (brouillon, taslak), without issuing it."),
        spec("list_documents", "List documents.", ("kind", "status", "client_name")),
        spec("get_document", "Status of a document, show it or send it again to the artisan.",
             ("reference", "client_name", "kind", "what"), {"what": (what, "what he wants")}),
        spec("price_history", "What he charged before.", ("description", "client_name")),
        spec("lookup_siret", "Look a company up.", ("siret",)),
        spec("send_whatsapp", "Send the document; to client only when he says so.", ("to",),
             {"to": (to, "who receives it")}),
        spec("issue_credit_note", "Credit note on an issued invoice: all of it, an amount, a percentage or one line.",
             ("reference", "client_name", "amount", "percent", "price_mode", "line", "match")),
        spec("confirm", "He agrees, with no change and no question.", ("gate",),
             {"gate": (gate, "issue for émets/kes, send for envoie/gönder, else null")}),
        spec("deny", "He refuses or stops."),
        spec("skip", "He does not know or passes."),
        spec("choose", "He takes one of the numbered choices.", ("option",), option),
        spec("show_recap", "Show the draft again."),
        spec("show_transcript", "Show the transcript of the voice note."),
        spec("set_voice_replies", "He wants recaps said aloud too, or only written.", ("wanted",),
             {"wanted": (bool, "false: only written")}),
        spec("ask_help", "Greeting, help, or a question about how something works.", ("topic",),
             {"topic": (Text, "hello, help, explain_vat, explain_total…")}),
        spec("hand_over", "He wants a human."),
        spec("resume_bot", "He wants the assistant back."),
        spec("off_topic", "Nothing to do with quotes, invoices and clients."),
    ]
    # fmt: on


@cache
def specs() -> dict[str, ToolSpec]:
    """Every tool a model may call, by name, in a fixed order (a stable prompt prefix is cached by providers)."""
    return {spec.name: spec for spec in _specs()}


@cache
def _arguments_model(name: str) -> type[BaseModel]:
    fields: dict[str, Any] = {arg: (annotation, None) for arg, (annotation, _) in specs()[name].fields().items()}
    return create_model(f"{name}_arguments", __config__=ConfigDict(extra="forbid"), **fields)


@cache
def schemas_for(stage: Stage) -> list[dict[str, Any]]:
    """JSON schemas of the tools that make sense at a stage."""
    return [specs()[name].schema(shown) for name, shown in tools_of(stage)]


def command_from_call(name: str, arguments: Mapping[str, Any]) -> Command | str:
    """A checked command without its null arguments, or one sentence that says what is wrong with the call."""
    spec = specs().get(name)
    if spec is None:
        return f"unknown tool {name!r}"
    try:
        checked = spec.model.model_validate(dict(arguments))
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
        return f"{name}: {problems}"
    return Command(name=name, args=checked.model_dump(exclude_none=True))
