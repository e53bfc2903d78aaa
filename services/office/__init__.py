"""Quotes and invoices as the people of a firm's office work on them: the same rules and rows as in the chat, other hands.

Drafts are written, changed and undone here, issued and sent on a member's word, and followed by invoices and credit notes.
"""
