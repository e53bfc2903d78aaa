"""The life of a WhatsApp account: connecting by QR code or hosted page, its states, what happens when it drops, its log.

``states.py`` says which changes exist, ``record.py`` writes them with what follows, ``service.py`` talks to the provider.
"""
