"""What the ear knows in French and in Turkish: a sample of style for recognisers, what they invent, how they mishear."""
