"""A stand-in for an approved platform and the buyers behind it, speaking the wire of XP Z12-013 over real HTTP.

Tokens, Flow and Directory services, signed webhooks, duplicates and failures, so that the demo and the tests exercise
the real client. Everything lives in the memory of one process and is bounded.
"""
