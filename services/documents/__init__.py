"""Quotes and invoices: what they say, what they amount to, which mentions the law wants, and how they look on paper.

The pure parts (totals, VAT, mentions, PDF) know no database and no clock: they are given everything and return a value.
"""
