"""Stand-ins for services of others, spoken to over real HTTP on loopback."""
