"""The business, one package per capability, usable alike from a tool of the agent, a router of the API or a job.

A rule about quotes, clients or messages lives here and nowhere else; rooms above only call it.
"""
