"""Does every message count exactly once when the machine fails? Artisans write, workers are killed, PostgreSQL goes away.

``artisans.py`` writes the messages, ``run.py`` breaks things meanwhile, ``checks.py`` reads afterwards what is there.
"""
