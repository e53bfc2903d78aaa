"""Labelled utterances in French and Turkish, and how a reading of them is scored.

``dev`` is what grammar, lexicons and prompts are worked on; ``test`` was written apart and is only ever measured
(docs/labelling.md).
"""
