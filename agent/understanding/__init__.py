"""From an artisan's words to commands: one protocol (``tools.commands.Understander``), interchangeable understanders.

``grammar`` is deterministic and needs no network; a model, where one is configured, is asked only for what it leaves.
"""
