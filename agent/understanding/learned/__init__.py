"""The reader that learned: a tagger and a classifier, trained on labelled rows, that look at a message beside the rules.

What the rules read is among the things it looks at. ``reader.EmbeddedUnderstander`` is the way in; ``docs/learned.md``
says how it is trained and measured. Deterministic, without a network.
"""
