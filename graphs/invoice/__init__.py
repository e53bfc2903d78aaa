"""The invoice workflow (R097): independent or following a quote or an invoice (deposit, situation, balance, credit note).

What the law wants is asked before the issue.
"""
