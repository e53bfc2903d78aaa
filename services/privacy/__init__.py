"""What the law asks for around personal data: who read it, how long it is kept, handing it out, erasing it.

The tables of what is kept and why are code (``data_classes.py``); ``docs/privacy.md`` explains them.
"""
