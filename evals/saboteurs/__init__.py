"""Broken agents: each breaks one thing of the real product from outside, and each must be caught by its gate.

A gate that no saboteur trips proves nothing. The product has no branch for any of this: a worker of its own
(``python -m evals.saboteurs.worker``) replaces functions in its process, for the companies that ask for a saboteur.
"""
