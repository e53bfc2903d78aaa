"""Typed tools: what a graph may do in the world. One file per tool: its arguments, its effect, its function.

The tenant comes from the turn's context, never from arguments; a business "no" is a ``ToolRefusal``.
"""
