"""The second channel: a WhatsApp inbox of a Chatwoot server, where a team reads along and can take over (R040, R190).

It stores its chats and messages in the tables of ``services.messaging`` and keeps the same promises.
"""
