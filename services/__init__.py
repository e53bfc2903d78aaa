"""The business: one package per capability, called alike by a tool, a router or a job.

A service never commits and never knows who calls it: the turn, the request or the job owns the transaction.
"""
