"""Setting the artisan's own company up, one question at a time, over the facts that documents print (U21)."""
