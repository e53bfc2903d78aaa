"""What is said while a company is set up besides the questions: the welcome, and a SIRET that the register does not know."""

from __future__ import annotations

from prompts.replies import say
from services.documents.amounts import date_text
from tools.context import Fact, TurnContext


def started(context: TurnContext, fact: Fact) -> list[str]:
    """What a set-up is for and how to put it off; on the way, only that it goes on."""
    key = "setup.resumed" if fact.values["resumed"] else "setup.welcome"
    return [say(context.language, key, form=context.address_form)]


def doubted(context: TurnContext, fact: Fact) -> list[str]:
    """The register has no such company, or calls it closed: he checks the number or says it again."""
    since = fact.values["since"]
    return [
        say(
            context.language,
            "setup.doubted",
            form=context.address_form,
            closed=fact.values["closed"],
            since=date_text(since) if since else None,
        )
    ]


def away(context: TurnContext, fact: Fact) -> list[str]:
    """Nothing was learnt from the register: the rest is asked."""
    return [say(context.language, "setup.away", form=context.address_form, withheld=fact.values["withheld"])]
