"""How long files are kept, by the folder they are in: one table for the whole product (C25, C26, R133, R139)."""

from __future__ import annotations

from datetime import timedelta

KEEP: dict[str, timedelta] = {
    "attachments": timedelta(days=7),
    "audio": timedelta(days=30),
    "previews": timedelta(days=30),
    "photos": timedelta(days=365),
}
"""attachments: what people sent, as long as it may be asked for again (R133). audio: voice notes that are not deleted
at once (C26). previews: drafts with a watermark. photos: what belongs to a document, as long as its messages (C25).
A folder that is not named here (quotes, invoices, company) is never cleaned: those files stay for ten years."""

KEEP_WHEN_FULL: dict[str, timedelta] = {
    "attachments": timedelta(days=1),
    "audio": timedelta(days=1),
    "previews": timedelta(days=1),
}
"""What is cleaned earlier when the disk is nearly full (R142)."""

FULL = 0.9
"""Share of the disk from which on ``KEEP_WHEN_FULL`` holds; from 80 % on ``usta doctor`` warns (S4-178)."""
