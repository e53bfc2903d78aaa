"""The gates, one file each; each says whether it holds and, in sentences one can act on, why not."""
