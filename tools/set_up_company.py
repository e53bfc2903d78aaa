"""set_up_company: begins or goes on with the set-up of his company, or leaves it for later (U21)."""

from __future__ import annotations

from tools.context import TurnContext
from tools.definition import Args, Effect, define


class SetUpCompanyArgs(Args):
    """``stop``: he wants to leave it for now."""

    stop: bool = False


async def set_up_company(context: TurnContext, args: SetUpCompanyArgs) -> str:
    if args.stop:
        context.report("setup_stopped")
        return "the set-up is left for later"
    context.report("setup_started", resumed=context.memory.awaiting is not None)
    return "the set-up goes on"


TOOL = define(
    "set_up_company",
    "Set up his own company step by step, or stop doing so for now.",
    SetUpCompanyArgs,
    Effect.DIALOGUE,
    set_up_company,
)
