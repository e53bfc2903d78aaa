"""Language models beside the grammar: their answers recorded once, replayed without a model, and scored side by side.

``recordings`` keeps what a model answered to which request; ``side_by_side`` reads the labelled utterances with the
grammar, the model, and both together.
"""
