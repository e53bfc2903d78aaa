"""What runs say: rates with their intervals, tables, comparisons of two runs, and one page to look at.

French and Turkish are never averaged together, nor are the development and the test part.
"""
