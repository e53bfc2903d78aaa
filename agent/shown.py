"""What was shown instead of said: lines from pictures, shared contacts and places, beside the words of a turn.

An understander around the turn's own: it adds proposals to what was understood. Only lines, a client's card and a site's
address can come this way, and a message that shows lines gives no consent: they have to be seen first (DESIGN §4, §7).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import WhatsappMessage
from db.repositories import attachments as repository
from services.attachments.schemas import Contact, Location, Seen, SeenLine, seen_of
from tools.commands import Command, Reading, Understander, UnderstandingRequest

if TYPE_CHECKING:
    from agent.gathering import Gathered

_CONSENT = ("confirm", "send_whatsapp", "off_topic")
"""What a message that shows lines does not say: yes to a recap that was not shown yet, or nothing of use."""
_RESOLD = re.compile(r"\b(?:devis|re?factur|revend|ajout|marge|teklif|fatura|ekle|yansıt|marj)", re.IGNORECASE)
"""Beginnings of words that say what a supplier's slip is for: it goes on the document (UX-66)."""
_SLIP = re.compile(r"\b(?:ticket|fiş)", re.IGNORECASE)
"""What a slip is called that was sent before."""
_COMPANY_FILES = {"slot:company.logo": "logo", "slot:company.insurance": "attestation"}
_SLIP_WAITS = timedelta(days=7)
"""How long a slip may be put on a document: as long as its file is cached."""


@dataclass(frozen=True)
class Shown:
    """What the messages of a turn showed, forwarded ones left out (UX-18)."""

    seen: list[Seen] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    has_draft: bool = False
    resold: bool = False
    """Supplies of a slip go on the document: the words beside it, or about it afterwards, say so."""
    used: list[UUID] = field(default_factory=list)
    """The messages whose slips go on the document now."""
    company_file: str | None = None
    """What a picture without words answers that a set-up has just asked for: "logo" or "attestation"."""

    @property
    def rows(self) -> list[tuple[Seen, SeenLine]]:
        """The lines to propose, in the order in which they were shown."""
        wanted = ("lines", "receipt") if self.resold else ("lines",)
        return [(seen, line) for seen in self.seen if seen.outcome in wanted for line in seen.lines]

    @property
    def proposes(self) -> bool:
        """Whether there is something to act on even without a word."""
        placed = self.has_draft and any(each.address for each in self.locations)
        return bool(self.rows or self.contacts or self.company_file or placed)

    def commands(self) -> list[Command]:
        """The proposals, in the order in which they were shown."""
        cards = [
            Command(name="create_client", args=contact.model_dump(exclude_none=True)) for contact in self.contacts[:1]
        ]
        sites = [Command(name="set_site", args={"address": place.address}) for place in self.locations if place.address]
        files = [Command(name="keep_company_file", args={"file": self.company_file})] if self.company_file else []
        sites = sites[-1:] if self.has_draft else []
        return [*files, *cards, *sites, *(_command(seen, line) for seen, line in self.rows)]


def asked_file(gathered: Gathered, messages: Sequence[WhatsappMessage]) -> str | None:
    """The file of the company that pictures without any words are, where a set-up has just asked for one."""
    run = gathered.run
    if run is None or run.workflow != "company" or any(message.is_forwarded or message.text for message in messages):
        return None
    asked = _COMPANY_FILES.get(str(run.memory.get("awaiting")))
    return asked if any(_is_picture(each) for message in messages for each in message.attachments) else None


def _is_picture(attachment: Mapping[str, Any]) -> bool:
    return attachment["type"] in ("img", "file") and not attachment.get("sticker")


def means_slip(words: str) -> bool:
    """Whether words order a slip onto the document that was sent before them: "ajoute le ticket au devis"."""
    return _SLIP.search(words) is not None and _RESOLD.search(words) is not None


async def slip_before(session: AsyncSession, gathered: Gathered, now: datetime) -> dict[UUID, Seen]:
    """The slip that was sent last and is on no document yet, by its message; empty without one."""
    since = now - _SLIP_WAITS
    found = await repository.newest_slip(session, gathered.organization.id, gathered.chat.id, since)
    seen = seen_of(found[1]) if found else None
    return {found[0]: seen} if found and seen else {}


def shown_in(gathered: Gathered) -> Shown:
    """What a turn's messages showed, and the slip of before that they mean."""
    own = [message.details for message in gathered.messages if not message.is_forwarded]
    seen = [seen for details in own if (seen := seen_of(details)) is not None]
    resold = _RESOLD.search(gathered.text) is not None
    slips = [message.id for message in gathered.messages if _is_slip(message.details) and not message.is_forwarded]
    before = {} if slips else gathered.slips
    document = gathered.run.document if gathered.run else None
    return Shown(
        seen=[*seen, *before.values()],
        contacts=[Contact.model_validate(details["contact"]) for details in own if details.get("contact")],
        locations=[Location.model_validate(details["location"]) for details in own if details.get("location")],
        has_draft=document is not None and document.number is None and document.status == "draft",
        resold=resold,
        used=[*slips, *before] if resold else [],
        company_file=asked_file(gathered, gathered.messages),
    )


def _is_slip(details: dict[str, Any]) -> bool:
    seen = seen_of(details)
    return seen is not None and seen.outcome == "receipt"


@dataclass(frozen=True)
class WithShown:
    """An understander that adds what was shown to what was understood."""

    inner: Understander
    shown: Shown

    async def understand(self, request: UnderstandingRequest) -> Reading:
        if request.text.strip():
            reading = await self.inner.understand(request)
        else:
            reading = Reading(
                commands=[], language=request.language_hint or "fr", confidence=1.0, understander="attachments"
            )
        proposed = self.shown.commands()
        if not proposed:
            return reading
        said = [command for command in reading.commands if not self._misread(command)]
        whole = {"confidence": 1.0, "unexplained": [], "degraded": False} if not said else {}
        return reading.model_copy(update={"commands": [*said, *proposed], **whole})

    def _misread(self, command: Command) -> bool:
        """What a message that shows something does not say: yes, or, where a slip is named, a client of that name."""
        if not self.shown.used:
            return command.name in _CONSENT
        slip = command.name == "select_client" and _SLIP.search(str(command.args.get("name"))) is not None
        again = command.name == "start_document" and self.shown.has_draft
        return slip or again or command.name in _CONSENT


def _command(seen: Seen, line: SeenLine) -> Command:
    args: dict[str, Any] = {"description": line.description, "unit": line.unit, "price_mode": seen.price_mode}
    for name in ("quantity", "unit_price", "total"):
        value = getattr(line, name)
        args[name] = format(value, "f") if value is not None else None
    args["doubt"] = line.doubt or ("purchase" if seen.outcome == "receipt" else None)
    return Command(name="add_line_item", args={name: value for name, value in args.items() if value is not None})
