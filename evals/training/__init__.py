"""How the learned reader is taught: labelled rows laid on their messages, a tagger and classes fitted to them, and the
figures of rows that it was not taught with.
"""
