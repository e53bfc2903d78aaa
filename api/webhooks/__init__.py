"""Doors for other services: each checks who calls, keeps the raw body, stores and answers. Nothing slow happens here."""
