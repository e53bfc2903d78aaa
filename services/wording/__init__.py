"""An organization's own wording of what the assistant says: kept in versions, checked before it is stored.

The house's wording lives in ``prompts/replies``; a version without a template returns to it.
"""
