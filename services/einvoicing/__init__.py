"""Electronic invoicing: invoices go to an approved platform, what becomes of them comes back, sales are prepared to report.

Off unless the installation and the organization switch it on. The platform is reached through XP Z12-013 (Flow and
Directory services); a simulator speaks the same wire where no platform is configured.
"""
