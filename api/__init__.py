"""The doors: HTTP and the command line.

This room checks who calls and what was sent, calls one function of ``services`` and answers. It knows no graph and no
model: what takes thought is deferred by name to a worker.
"""
