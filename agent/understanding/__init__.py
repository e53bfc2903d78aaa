"""From an artisan's words to commands. One protocol (``tools.commands.Understander``), three interchangeable understanders.

``grammar`` is deterministic and needs no network; a model, where one is configured, is asked only for what it leaves.
"""
