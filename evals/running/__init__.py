"""Plays scenarios against a whole Usta: webhook, workers, simulated channel, real PostgreSQL.

``world`` is the installation, ``script`` the artisan, ``transport`` the way of his words to the webhook, ``evidence`` what
is left in the database; ``playing`` puts them together for one scenario, ``runner`` for many.
"""
