"""The company profile as documents need it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Organization, User
from db.repositories import accounts as repository
from services.clients.identifiers import french_vat_number
from services.documents.schemas import Address, Seller
from services.einvoicing.preferences import has_it_on


async def seller(session: AsyncSession, organization_id: UUID, user: User | None = None) -> Seller:
    """The organization as the seller of a document, signed by ``user``."""
    return seller_of(await repository.get_organization(session, organization_id), user)


async def organization_named(session: AsyncSession, name: str) -> Organization | None:
    """The organization with this id, slug or SIRET, across tenants: for operators."""
    return await repository.find_organization(session, name)


def seller_of(organization: Organization, user: User | None = None) -> Seller:
    """Maps the stored profile to what a document prints (legal.md §1, §2); a VAT number follows from the SIRET."""
    taxed = organization.vat_regime == "standard"
    return Seller(
        organization_id=organization.id,
        name=organization.name,
        legal_form=organization.legal_form,
        capital=organization.capital,
        rcs_city=organization.rcs_city,
        siret=organization.siret,
        vat_number=organization.vat_number or (french_vat_number(organization.siret) if taxed else None),
        address=Address(line=organization.address_line, postal_code=organization.postal_code, city=organization.city),
        phone=organization.phone,
        email=organization.email,
        vat_regime=organization.vat_regime,
        vat_on_debits=organization.vat_on_debits,
        insurance_status=organization.insurance_status,
        insurer_name=organization.insurer_name,
        insurer_address=organization.insurer_address,
        insurance_policy=organization.insurance_policy,
        insurance_area=organization.insurance_area,
        insurance_activities=organization.insurance_activities,
        insurance_from=organization.insurance_from,
        insurance_until=organization.insurance_until,
        attestation_key=organization.attestation_key,
        mediator_name=organization.mediator_name,
        mediator_contact=organization.mediator_contact,
        rge=organization.rge,
        iban=organization.iban,
        bic=organization.bic,
        einvoicing_address=organization.einvoicing_address,
        einvoicing=has_it_on(organization),
        waste_collection_point=organization.waste_collection_point,
        waste_sorting=organization.waste_sorting,
        logo_key=organization.logo_key,
        color=organization.color,
        template=organization.template,
        signature_name=signature(organization, user),
    )


def signature(organization: Organization, user: User | None) -> str:
    """How the artisan signs a message to a client: "Karim B., KB Plomberie"."""
    if user is None or not user.first_name:
        return organization.name
    initial = f" {user.last_name[0]}." if user.last_name else ""
    return f"{user.first_name}{initial}, {organization.name}"
