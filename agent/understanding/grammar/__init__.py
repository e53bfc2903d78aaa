"""The deterministic understander: a tokeniser, number readers, a lexicon and readers that claim what they explain.

``engine.GrammarUnderstander`` is the way in. Word lists and phrase rules are data, in ``lexicon/*.yaml``, written as the
trade writes and folded at load.
"""
