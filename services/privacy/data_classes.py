"""The one table of how long each kind of data is kept (C25, C26, R133, R139, R241–R247).

Days are counted from the moment named under ``what``. A company chooses between ``least`` and ``most``; where both are
the same nobody chooses. A row of the installation is the same for everybody. ``why`` says what the bounds come from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from services.documents.hold import LEAST_DAYS
from services.identity.jobs import KEPT_DAYS

Then = Literal["delete", "anonymise", "archive"]
Whose = Literal["company", "installation"]
TEN_YEARS = LEAST_DAYS
"""C. com. L123-22, counted from the end of the year; the tax office's six years (LPF L102 B) lie within."""


@dataclass(frozen=True, slots=True)
class DataClass:
    """One row. ``folder`` names the files of storage that go by their own age, whatever row they belong to."""

    name: str
    whose: Whose
    default: int
    least: int
    most: int
    then: Then
    what: str
    why: str
    folder: str | None = None

    @property
    def is_chosen(self) -> bool:
        """Whether a company may set it."""
        return self.whose == "company" and self.least < self.most


CLASSES = (
    DataClass(
        "documents", "company", TEN_YEARS + 365, TEN_YEARS, TEN_YEARS + 731, "delete",
        "Issued quotes and invoices with their PDF and XML, lines, payments, approvals and the messages that gave them; "
        "from the end of the year in which something happened to them last. The chain keeps number and hashes.",
        "Code de commerce L123-22 (10 years from the close of the accounting year, which may end up to a year after the "
        "calendar's: a company that closes in December may choose 3653), LPF L102 B (6 years), C27.",
    ),
    DataClass(
        "messages", "company", 365, 30, 1095, "delete",
        "WhatsApp messages with their delivery steps, what was written to send, the words and readings of turns, notes of "
        "the office, chats of customers that have fallen silent. Of turns and runs only the bare course stays.",
        "R241, C25. At least a month, so that a dispute about yesterday's job can still be looked up.",
    ),
    DataClass(
        "quiet_chats", "company", 180, 30, 365, "archive",
        "Chats without a message: they leave the inbox and come back with the next message.", "R246: 6 to 12 months.",
    ),
    DataClass(
        "transcripts", "company", 365, 0, 1095, "anonymise",
        "The words that were heard in voice notes; duration, cost and outcome stay.", "C25: as long as the messages.",
    ),
    DataClass(
        "audio", "company", 30, 0, 30, "delete",
        "Voice notes that are not deleted as soon as they were heard well.", "C26: 30 days at most.", "audio",
    ),
    DataClass(
        "attachments", "company", 7, 1, 30, "delete",
        "Pictures and files of messages, as long as they may be asked for again.", "R133, C25.", "attachments",
    ),
    DataClass(
        "photos", "company", 365, 30, TEN_YEARS, "delete",
        "Pictures that belong to a document.", "C25: as long as the messages; longer to prove the state of a site.", "photos",
    ),
    DataClass("previews", "company", 30, 1, 90, "delete", "Drafts as PDF, with a watermark.", "R139.", "previews"),
    DataClass(
        "drafts", "company", 1095, 90, TEN_YEARS, "delete",
        "Quotes and invoices that were never issued; from their last change.",
        "Nothing obliges to keep them. Three years is what the CNIL takes for the end of a business contact.",
    ),
    DataClass(
        "clients", "company", 1095, 365, TEN_YEARS, "delete",
        "Clients without any document or chat; from their last change.", "CNIL: three years after the last contact.",
    ),
    DataClass(
        "site_notes", "company", 1095, 30, TEN_YEARS, "delete",
        "What was noted down about sites and clients.", "As long as the drafts that they are for.",
    ),
    DataClass(
        "session_log", "company", 365, 90, 1095, "delete", "The log of WhatsApp numbers (R029).", "C25: audit trail.",
    ),
    DataClass(
        "technical_logs", "company", 30, 7, 365, "delete", "System log: info, warning, error.", "C25: 30 days.",
    ),
    DataClass(
        "audit_trail", "company", 365, 365, 1825, "delete", "System log: who did what (audit).", "R245: one year.",
    ),
    DataClass(
        "access_log", "company", 365, 180, 1095, "delete", "Who read personal data (R251).",
        "CNIL, délibération 2021-122: six months to a year, up to three years where a risk wants it.",
    ),
    DataClass(
        "consents", "company", 1827, 1827, TEN_YEARS, "delete",
        "Consents given and taken back, after the person said something else or is gone.",
        "RGPD articles 7.1 and 17.3.e: the proof stays for five years (Code civil 2224).",
    ),
    DataClass("exports", "company", 7, 1, 30, "delete", "Files of exports.", "As long as they are to be fetched.", "exports"),
    DataClass(
        "strangers", "installation", 30, 30, 30, "delete",
        "Messages and chats of people who are nobody's client and no artisan; logs of no company as the classes above say.",
        "C39: nothing is made of them.",
    ),
    DataClass(
        "webhooks", "installation", 30, 30, 30, "delete", "Bodies of webhooks as they came in.",
        "To read again what went wrong; the messages in them are rows of their own.",
    ),
    DataClass(
        "sign_ins", "installation", KEPT_DAYS, KEPT_DAYS, KEPT_DAYS, "delete",
        "Sessions, refresh tokens, codes by phone and invitations; from their end.", "To look at a theft afterwards.",
    ),
    DataClass(
        "checkpoints", "installation", 2, 2, 2, "delete", "The working state of runs; from their end.", "DESIGN §3.",
    ),
    DataClass(
        "repeated_requests", "installation", 1, 1, 1, "delete",
        "Answers to requests with an Idempotency-Key, sealed.", "A repetition comes within the day.",
    ),
)  # fmt: skip
BY_NAME = {each.name: each for each in CLASSES}


class OutOfBounds(ValueError):
    """``name`` cannot be kept for so many days, or is not for a company to choose."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message


def checked(days: Mapping[str, int]) -> dict[str, int]:
    """What a company chose, without what is the default anyway. Raises ``OutOfBounds``."""
    for name, chosen in days.items():
        known = BY_NAME.get(name)
        if known is None or not known.is_chosen:
            raise OutOfBounds(name, "is not for a company to choose")
        if not known.least <= chosen <= known.most:
            raise OutOfBounds(name, f"must lie between {known.least} and {known.most} days")
    return {name: chosen for name, chosen in days.items() if chosen != BY_NAME[name].default}


def days_of(chosen: Mapping[str, int], name: str) -> int:
    """How long a class is kept by a company with these choices: never outside today's bounds."""
    known = BY_NAME[name]
    return min(max(chosen.get(name, known.default), known.least), known.most)


def folders(chosen: Mapping[str, int]) -> dict[str, timedelta]:
    """How long the files of each folder are kept. A folder that is not named (quotes, invoices, company) stays."""
    return {each.folder: timedelta(days=days_of(chosen, each.name)) for each in CLASSES if each.folder}
