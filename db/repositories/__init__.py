"""Every query of the product, one module per capability. A repository takes the tenant first and never commits."""
