"""The page where an artisan connects his own WhatsApp number: a signed link, a code that renews itself, and the outcome."""
