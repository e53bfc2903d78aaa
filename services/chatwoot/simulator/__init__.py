"""A Chatwoot server with one WhatsApp inbox, its team and the phones behind it: the real wire format, no network.

It is a peer of a real server: nothing outside this folder knows that it is simulated (chatwoot.md §8).
"""
