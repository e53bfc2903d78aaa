"""Doors for other services: each checks who calls, keeps the raw body, stores, answers. Nothing slow happens here."""
