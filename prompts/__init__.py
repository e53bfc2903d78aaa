"""Every word that people or models read: WhatsApp replies, documents, the trade glossary, prompts, the demo page.

French and Turkish side by side, as Jinja2 templates and YAML, with the few lines of code that load them. A leaf: it
imports nothing of the other rooms.
"""
