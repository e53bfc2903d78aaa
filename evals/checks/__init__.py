"""What decides whether a played scenario was right: gates over its rows and messages, checks on its replies, metrics.

Everything here judges from a scenario and its trace alone, so that old traces can be judged anew (evals.md §1, §2).
"""
