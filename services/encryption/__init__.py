"""Encryption at rest as operators meet it: which key seals what, and moving everything to a new one while the service runs.

How a value is sealed and which columns are is said in ``db/encryption.py`` and ``db/models``; docs/encryption.md tells it.
"""
