"""A stand-in for Unipile and for WhatsApp behind it: REST API and webhooks on one side, phones on the other.

It speaks the wire format of the real thing (real HTTP, same errors, same oddities), so that the demo, the tests and the
benchmarks exercise the real client. Everything lives in the memory of one process and is bounded.
"""
