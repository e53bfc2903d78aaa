"""Prompts tried without a conversation: sample values for every sentence, and states for what a model is given."""
