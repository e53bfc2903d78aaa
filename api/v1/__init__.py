"""The administration API: accounts and who may do what, and each company's profile, clients, documents and payments.

Every route carries ``access.allowed("…")``, a permission of ``services.identity.permissions``. Routers decide nothing
else: they call the same services as the tools of the chat.
"""
