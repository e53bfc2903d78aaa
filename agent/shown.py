"""What was shown instead of said: lines from pictures, shared contacts and places, beside the words of a turn.

An understander around the turn's own: it adds proposals to what was understood. Only lines, a client's card and a site's
address can come this way, and a message that shows lines gives no consent: they have to be seen first (DESIGN §4, §7).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.attachments.schemas import Contact, Location, Seen, SeenLine, seen_of
from tools.commands import Command, Reading, Understander, UnderstandingRequest

if TYPE_CHECKING:
    from agent.gathering import Gathered

_CONSENT = ("confirm", "send_whatsapp", "off_topic")
"""What a message that shows lines does not say: yes to a recap that was not shown yet, or nothing of use."""
_RESOLD = re.compile(r"\b(?:devis|re?factur|revend|ajout|marge|teklif|fatura|ekle|yansıt|marj)", re.IGNORECASE)
"""Beginnings of words that say what a supplier's slip is for: it goes on the document (UX-66)."""


@dataclass(frozen=True)
class Shown:
    """What the messages of a turn showed, forwarded ones left out (UX-18)."""

    seen: list[Seen] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    locations: list[Location] = field(default_factory=list)
    has_draft: bool = False
    resold: bool = False
    """Supplies of a slip go on the document: the words beside it say so."""

    @property
    def rows(self) -> list[tuple[Seen, SeenLine]]:
        """The lines to propose, in the order in which they were shown."""
        wanted = ("lines", "receipt") if self.resold else ("lines",)
        return [(seen, line) for seen in self.seen if seen.outcome in wanted for line in seen.lines]

    @property
    def proposes(self) -> bool:
        """Whether there is something to act on even without a word."""
        return bool(self.rows or self.contacts or (self.has_draft and any(each.address for each in self.locations)))

    def commands(self) -> list[Command]:
        """The proposals, in the order in which they were shown."""
        cards = [
            Command(name="create_client", args=contact.model_dump(exclude_none=True)) for contact in self.contacts[:1]
        ]
        sites = [Command(name="set_site", args={"address": place.address}) for place in self.locations if place.address]
        return [*cards, *(sites[-1:] if self.has_draft else []), *(_command(seen, line) for seen, line in self.rows)]


def shown_in(gathered: Gathered) -> Shown:
    """What a turn's messages showed."""
    own = [message.details for message in gathered.messages if not message.is_forwarded]
    document = gathered.run.document if gathered.run else None
    return Shown(
        seen=[seen for details in own if (seen := seen_of(details)) is not None],
        contacts=[Contact.model_validate(details["contact"]) for details in own if details.get("contact")],
        locations=[Location.model_validate(details["location"]) for details in own if details.get("location")],
        has_draft=document is not None and document.number is None and document.status == "draft",
        resold=_RESOLD.search(gathered.text) is not None,
    )


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
        said = [command for command in reading.commands if command.name not in _CONSENT]
        whole = {"confidence": 1.0, "unexplained": [], "degraded": False} if not said else {}
        return reading.model_copy(update={"commands": [*said, *proposed], **whole})


def _command(seen: Seen, line: SeenLine) -> Command:
    args: dict[str, Any] = {"description": line.description, "unit": line.unit, "price_mode": seen.price_mode}
    for name in ("quantity", "unit_price", "total"):
        value = getattr(line, name)
        args[name] = format(value, "f") if value is not None else None
    args["doubt"] = line.doubt or ("purchase" if seen.outcome == "receipt" else None)
    return Command(name="add_line_item", args={name: value for name, value in args.items() if value is not None})
