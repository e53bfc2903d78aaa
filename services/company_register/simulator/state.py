"""What the simulated register knows: every valid SIREN has a company made of its digits, unless one was written in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from stdnum.fr import siren as siren_number

_OWNERS = ("YILDIZ", "BENALI", "MARTIN", "DEMIR", "ROUX", "KAYA", "LEFEVRE", "ARSLAN", "GIRARD", "OZTURK")
_TRADES = (
    ("PLOMBERIE", "43.22A"), ("PEINTURE", "43.34Z"), ("MACONNERIE", "43.99C"), ("ELECTRICITE", "43.21A"),
    ("CARRELAGE", "43.33Z"), ("MENUISERIE", "43.32A"), ("COUVERTURE", "43.91B"), ("PLATRERIE", "43.31Z"),
)  # fmt: skip
_STREETS = ("RUE DES FORGES", "AVENUE JEAN JAURES", "RUE PASTEUR", "CHEMIN DES VIGNES", "PLACE DE LA MAIRIE")
_TOWNS = (
    ("69100", "VILLEURBANNE"), ("69003", "LYON"), ("33700", "MERIGNAC"), ("93100", "MONTREUIL"), ("67000", "STRASBOURG"),
    ("13013", "MARSEILLE"), ("59100", "ROUBAIX"), ("31300", "TOULOUSE"),
)  # fmt: skip
_FORMS = ("5499", "5498", "5710", "5720", "1000")


class Company(BaseModel):
    """A company with the one establishment that is asked for. ``withheld``: its owner objected to publication."""

    model_config = ConfigDict(extra="forbid")

    name: str
    legal_code: str = Field(default="5499", pattern=r"^\d{4}$")
    number: str = "12"
    street: str = "RUE DES FORGES"
    postal_code: str = Field(default="69100", pattern=r"^\d{5}$")
    city: str = "VILLEURBANNE"
    activity: str = "43.22A"
    closed_on: date | None = None
    withheld: bool = False


class Behaviour(BaseModel):
    """How the register behaves: companies that it does not have, and how long it takes."""

    model_config = ConfigDict(extra="forbid")

    unknown_sirens: list[str] = Field(default_factory=list)
    latency_ms: int = Field(default=0, ge=0, le=60_000)


class Fault(BaseModel):
    """The next ``times`` questions fail: with a ``status``, or with an answer that is no JSON when there is none."""

    model_config = ConfigDict(extra="forbid")

    status: int | None = Field(default=503, ge=400, le=599)
    times: int = Field(default=1, ge=1)


@dataclass(slots=True)
class State:
    """The memory of the register."""

    behaviour: Behaviour = field(default_factory=Behaviour)
    faults: list[Fault] = field(default_factory=list)
    companies: dict[str, Company] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def fault(self) -> Fault | None:
        """Uses up the first fault that is ordered."""
        if not self.faults:
            return None
        fault = self.faults[0]
        fault.times -= 1
        if fault.times == 0:
            self.faults.pop(0)
        return fault

    def found(self, query: str) -> dict[str, Any] | None:
        """The company of a SIREN or SIRET as the API shows it; None for any other words and for one it does not have."""
        siren = query[:9]
        if len(query) not in (9, 14) or not query.isdigit() or siren in self.behaviour.unknown_sirens:
            return None
        company = self.companies.get(siren)
        if company is None and not siren_number.is_valid(siren):
            return None
        return _unit(siren, query if len(query) == 14 else f"{siren}00012", company or _made_up(siren))


def _made_up(siren: str) -> Company:
    digits = int(siren)
    trade, activity = _TRADES[digits // 10 % len(_TRADES)]
    postal_code, city = _TOWNS[digits // 1000 % len(_TOWNS)]
    return Company(
        name=f"{_OWNERS[digits // 100 % len(_OWNERS)]} {trade}",
        legal_code=_FORMS[digits // 7 % len(_FORMS)],
        number=str(1 + digits % 89),
        street=_STREETS[digits // 3 % len(_STREETS)],
        postal_code=postal_code,
        city=city,
        activity=activity,
    )


def _unit(siren: str, siret: str, company: Company) -> dict[str, Any]:
    withheld, closed = company.withheld, company.closed_on is not None
    hidden = "[NON-DIFFUSIBLE]"
    is_person = company.legal_code.startswith("1")
    kind, _, street = company.street.partition(" ")
    office = {
        "siret": siret,
        "est_siege": True,
        "adresse": hidden if withheld else f"{company.number} {company.street} {company.postal_code} {company.city}",
        "numero_voie": None if withheld else company.number,
        "type_voie": None if withheld else kind,
        "libelle_voie": None if withheld else street,
        "indice_repetition": None,
        "complement_adresse": None,
        "code_postal": hidden if withheld else company.postal_code,
        "libelle_commune": company.city,
        "activite_principale": company.activity,
        "etat_administratif": "F" if closed else "A",
        "date_creation": "2015-03-01",
        "date_fermeture": company.closed_on.isoformat() if company.closed_on else None,
        "statut_diffusion_etablissement": "P" if withheld else "O",
        "liste_enseignes": None,
        "nom_commercial": None,
    }
    name = hidden if withheld else company.name
    return {
        "siren": siren,
        "nom_complet": name,
        "nom_raison_sociale": None if is_person else name,
        "sigle": None,
        "nombre_etablissements": 1,
        "nombre_etablissements_ouverts": 0 if closed else 1,
        "siege": office,
        "activite_principale": company.activity,
        "section_activite_principale": "F",
        "categorie_entreprise": "PME",
        "date_creation": "2015-03-01",
        "date_fermeture": office["date_fermeture"],
        "etat_administratif": "C" if closed else "A",
        "nature_juridique": company.legal_code,
        "statut_diffusion": "P" if withheld else "O",
        "dirigeants": [],
        "finances": None,
        "complements": {"est_entrepreneur_individuel": is_person, "est_association": False},
        "matching_etablissements": [office],
    }
