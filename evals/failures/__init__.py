"""The failure table: every failure of requirements part 5, injected into a running Usta, and what became of it.

``stage`` injects and observes, ``sending`` and ``receiving`` are the rows that run, ``elsewhere`` names the tests of the
others, ``table`` runs and prints them.
"""
