"""The administration API: one organization's profile, clients, documents and payments, behind one bearer token.

Routers check nothing themselves: they call the same services as the tools of the chat.
"""
