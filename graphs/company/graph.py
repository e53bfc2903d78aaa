"""The company graph, uncompiled for the turn (``builder``) and compiled for LangGraph Studio (``graph``)."""

from graphs.company.steps import decide
from graphs.shared.workflow import build
from tools.registry import REGISTRY

builder = build(list(REGISTRY.values()), decide)
graph = builder.compile(name="company")
