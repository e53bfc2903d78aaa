"""How documents look: the hard cases in every look, rendered to one contact sheet for a person to judge.

`usta documents sheet` writes it; ``cases.py`` holds the documents, plausible ones that strain the layout.
"""
