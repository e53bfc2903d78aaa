"""Silent notes: what an artisan or the team wants remembered about a site or a client, and no answer to it (U15, R184)."""
