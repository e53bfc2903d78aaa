"""The page that people meet first: a phone to write with, and beside it what Usta understood and did.

Pages are rendered on the server; one small script keeps them fresh. It exists only while the simulator is the channel,
and everything typed here goes through the simulator and the webhook like a real message.
"""
