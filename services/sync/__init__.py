"""Brings in what webhooks do not: the history of a newly connected number, once and silently, and, every few minutes,
messages, edits, deletions and receipts that never reached us. Everything goes through the inbox, which knows it once.
"""
