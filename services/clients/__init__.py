"""The artisan's customers: finding the one he means, creating and completing them."""
