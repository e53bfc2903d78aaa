"""The invoice workflow (R097): independent or from a quote; what the law wants is asked before the issue."""
