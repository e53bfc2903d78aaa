"""How fast Usta is on this machine: each module measures one thing beside a stated baseline, in the same run.

``measure`` yields one mapping per figure; `usta bench` prints each as a line of JSON. See ``docs/benchmarks.md``.
"""
