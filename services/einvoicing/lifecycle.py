"""The lifecycle of an invoice on the platforms (XP Z12-014, legal.md 69): what the statuses are and which one holds."""

from __future__ import annotations

from datetime import datetime

LABELS: dict[int, str] = {
    200: "Déposée",
    201: "Émise",
    202: "Reçue",
    203: "Mise à disposition",
    204: "Prise en charge",
    205: "Approuvée",
    206: "Approuvée partiellement",
    207: "En litige",
    208: "Suspendue",
    209: "Complétée",
    210: "Refusée",
    211: "Paiement transmis",
    212: "Encaissée",
    213: "Rejetée",
    220: "Annulée",
    221: "Erreur de routage",
    501: "Irrecevable",
}
"""French names, as they stand in lifecycle messages (MDT-106)."""
TOLD = frozenset([205, 206, 207, 208, 210, 212, 213, 221, 501])
"""Statuses that the artisan is told of: each asks something of him or brings his money closer."""
REASONED = frozenset([206, 207, 208, 210, 213, 501])
"""Statuses that must carry a reason (BR-FR-CDV-15)."""
TRANSMISSION = frozenset([200, 201, 202, 203, 213, 221, 501])
"""Statuses of the platforms themselves; the others come from buyer or seller (MDT-77: 305 and 23)."""
ENDED = frozenset([210, 213, 220, 501])
"""Nothing follows: the invoice is not asked for any more under this number."""
RECEIVED = 202
DUPLICATE = "DOUBLON"
_STAGES: tuple[frozenset[int], ...] = (
    frozenset([200]),
    frozenset([201]),
    frozenset([202]),
    frozenset([203, 221]),
    frozenset([204, 205, 206, 207, 208, 209]),
    frozenset([211]),
    frozenset([212]),
    ENDED,
)

ACKNOWLEDGED_AS: dict[str, tuple[int, str]] = {
    "AlreadyExistingFlow": (213, DUPLICATE),
    "EmptyAttachement": (501, "IRR_VID_PJ"),
    "AttachmentTypeError": (501, "IRR_EXT_DOC"),
    "EmptyFlow": (501, "IRR_VIDE_F"),
    "InvalidSchema": (501, "IRR_SYNTAX"),
    "FileSizeExceeded": (501, "IRR_TAILLE_F"),
    "FlowTypeError": (501, "IRR_TYPE_F"),
    "VirusFound": (501, "IRR_ANTIVIRUS"),
}
"""Reason codes of a refused flow (Flow service, ReasonCodeEnum) and the lifecycle status and reason they stand for."""


def moves(current: int | None, current_at: datetime | None, code: int, at: datetime, reason: str | None) -> bool:
    """True when a status that arrived becomes the invoice's status; otherwise it is kept in the history only.

    Messages may come late and out of order: a later stage always holds; within treatment (204 to 209), which may go
    back and forth, the later moment does. After an end nothing moves. A duplicate rejected after the buyer's platform
    has the invoice is about a copy of it.
    """
    if current is None:
        return True
    if current in ENDED:
        return False
    if reason == DUPLICATE and _stage(current) >= _stage(RECEIVED):
        return False
    new, old = _stage(code), _stage(current)
    return new > old or (new == old and (current_at is None or at >= current_at))


def _stage(code: int) -> int:
    for stage, codes in enumerate(_STAGES):
        if code in codes:
            return stage
    return -1
