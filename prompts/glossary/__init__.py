"""The trade glossary: how building artisans say things in French and Turkish, and how documents print them.

One YAML file per trade, plus works.yaml (what is done), places.yaml (where), remarks.yaml (details) and spelling.yaml
(accents and brands). README.md describes the fields; ``services.documents.glossary`` loads them.
"""
