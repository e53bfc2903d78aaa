"""What a language model is told before it reads an artisan's message: rules, worked examples in both languages, repair.

Nothing here changes from one message to the next, so providers can cache it; what changes comes in a JSON block.
"""
