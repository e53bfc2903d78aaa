"""Three steps when a message brings nothing: say what was understood, offer choices, offer a restart or a human (UX-79)."""

from __future__ import annotations

from typing import Any

from graphs.shared.situation import Step
from prompts.replies import say
from tools.commands import Choice
from tools.context import TurnContext

MOST_WORDS = 60
"""Characters of the artisan's own words quoted back."""


def repair_step(context: TurnContext, step: Step, words: str) -> Step:
    """The next repair. The counter lives in the memory and is reset by any progress (R101)."""
    memory = context.memory
    memory.failures += 1
    if (step.question or "").startswith("setup."):
        context.report("repair")
        context.repair = _speak(context, "setup.unclear", words=_quoted(words), again=memory.failures > 1)
        return step
    if memory.failures == 1:
        context.report("repair")
        context.repair = _speak(context, "repair.first", **_first(context, words))
        return step
    if memory.failures == 2:
        options = ["recap:", "list:"] if context.desk.document else ["start:quote", "start:invoice", "list:"]
        key = "repair.second"
    else:
        options, key = ["restart:", "handed_over:"], "repair.third"
    choices = [
        Choice(number=at, label=_speak(context, _LABELS[value]), value=value)
        for at, value in enumerate(options, start=1)
    ]
    text = "  ".join(f"{choice.number} {choice.label}" for choice in choices)
    context.report("repair")
    context.repair = _speak(context, key, options=text)
    return Step(step.current_step, "choice:repair", choices=choices)


_LABELS = {
    "recap:": "repair.option_recap",
    "list:": "repair.option_list",
    "start:quote": "repair.option_quote",
    "start:invoice": "repair.option_invoice",
    "restart:": "repair.option_restart",
    "handed_over:": "repair.option_hand_over",
}


def _first(context: TurnContext, words: str) -> dict[str, Any]:
    return {
        "understood": None,
        "missing": _speak(context, "repair.missing_price"),
        "words": _quoted(words),
        "example": _speak(context, "repair.example"),
    }


def _quoted(words: str) -> str:
    quoted = " ".join(words.split())
    return quoted if len(quoted) <= MOST_WORDS else quoted[: MOST_WORDS - 1] + "…"


def _speak(context: TurnContext, key: str, **values: Any) -> str:
    return say(context.language, key, form=context.address_form, **values)
