"""The quote workflow (R096): client, lines, recap, issue, send."""
