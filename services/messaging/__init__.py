"""Messages in and out of WhatsApp: what a webhook says, who may give orders, the outbox and its delivery.

``unipile.py`` is the only place that knows the provider's REST calls, ``normalise.py`` the only one that knows its
webhook payloads; ``simulator/`` speaks both from the provider's side.
"""
