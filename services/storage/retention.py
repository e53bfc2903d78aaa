"""What happens to files when the disk is nearly full; how long they are kept else says services/privacy/data_classes.py."""

from __future__ import annotations

from datetime import timedelta

KEEP_WHEN_FULL: dict[str, timedelta] = {
    "attachments": timedelta(days=1),
    "audio": timedelta(days=1),
    "previews": timedelta(days=1),
}
"""What is cleaned earlier when the disk is nearly full (R142)."""

FULL = 0.9
"""Share of the disk from which on ``KEEP_WHEN_FULL`` holds; from 80 % on ``usta doctor`` warns (S4-178)."""
