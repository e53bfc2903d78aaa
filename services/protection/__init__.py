"""How often somebody may ask: budgets per caller and kind of request, counted by all processes together or by each alone."""
