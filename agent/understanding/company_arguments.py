"""The arguments of ``update_company`` as a language model sees them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from agent.understanding.tool_schemas import Flag, Integer, IsoDate, Number, PriceMode, Text, VatRate, absent

VatRegime = Annotated[Literal["standard", "franchise"] | None, absent]
InsuranceStatus = Annotated[Literal["insured", "not_required"] | None, absent]
Template = Annotated[Literal["sober", "modern", "compact"] | None, absent]
Color = Annotated[
    Literal["blue", "navy", "green", "red", "orange", "yellow", "purple", "pink", "brown", "grey", "black", "turquoise"]
    | None,
    absent,
]

COMPANY: dict[str, tuple[Any, str]] = {
    "name": (Text, "name of his own company"),
    "legal_form": (Text, "EI, SARL, EURL, SAS, SASU…"),
    "capital": (Number, "share capital in EUR, only if said"),
    "rcs_city": (Text, "town of the RCS"),
    "siret": (Text, "his own SIRET, 14 digits"),
    "vat_number": (Text, "his own VAT number"),
    "address": (Text, "address of his company as said"),
    "phone": (Text, "phone of his company"),
    "email": (Text, "e-mail of his company"),
    "vat_regime": (VatRegime, "franchise for a micro-entreprise without VAT (TVA yok)"),
    "vat_on_debits": (Flag, "option débits"),
    "default_vat_rate": (VatRate, "his usual VAT rate"),
    "default_price_mode": (PriceMode, "how he always gives prices"),
    "quote_validity_days": (Integer, "days all his quotes are valid"),
    "payment_terms_days": (Integer, "days to pay on all his invoices"),
    "insurance_status": (InsuranceStatus, "not_required when he has no duty of décennale"),
    "insurer_name": (Text, "insurer"),
    "insurer_address": (Text, "insurer's address"),
    "insurance_policy": (Text, "policy number (contrat, poliçe)"),
    "insurance_area": (Text, "area covered, in French"),
    "insurance_activities": (Text, "trades covered, in French"),
    "insurance_from": (IsoDate, "cover begins"),
    "insurance_until": (IsoDate, "cover ends"),
    "mediator_name": (Text, "consumer mediator (médiateur, arabulucu)"),
    "mediator_contact": (Text, "mediator's address or site"),
    "rge": (Text, "RGE label and number"),
    "iban": (Text, "IBAN"),
    "bic": (Text, "BIC"),
    "einvoicing_address": (Text, "electronic invoicing address"),
    "waste_collection_point": (Text, "where his waste goes"),
    "waste_sorting": (Text, "how waste is sorted"),
    "color": (Color, "colour of his documents"),
    "template": (Template, "look of his documents"),
}
