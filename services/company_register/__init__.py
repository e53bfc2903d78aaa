"""The public register of companies: what it says about a SIREN or SIRET, and a stand-in for it.

What is found is only ever proposed to the person it is about; ``services.accounts.profile`` writes what he confirms.
"""
