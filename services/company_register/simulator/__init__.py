"""A stand-in for the public register of companies: its wire format, with companies that nobody owns."""
