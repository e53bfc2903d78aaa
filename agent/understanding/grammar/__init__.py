"""The deterministic understander: a tokeniser, number readers, a lexicon and small readers that claim what they explain.

``engine.GrammarUnderstander`` is the way in. Word lists and phrase rules are data, in ``lexicon/*.yaml``; they are written
as the trade writes and folded at load.
"""
