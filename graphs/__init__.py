"""One LangGraph state graph per workflow: quote, invoice, client, ask.

Every graph has the same four nodes, ``understand → act → advance → reply``; what differs is which step follows. A turn
ends at END, and what the assistant waits for is data (``awaiting``), never a paused run (DESIGN §3).
"""
