"""Organizations and their people: the company profile that documents print, and scenes for the demo and for harnesses."""
