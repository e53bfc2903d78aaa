"""Every reply check by name, with the rule of ux.md it stands for. A scenario may be exempt, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from evals.checks.reading import excerpt
from evals.checks.replies import acts, figures, papers, register, shape, wording
from evals.checks.replies.talk import Reply, all_replies
from evals.scenarios.schema import Scenario
from evals.traces import Finding, Trace

Judge = Callable[[Scenario, Trace], Iterator[tuple[int, str]]]


@dataclass(frozen=True)
class ReplyCheck:
    """``rule`` is its id in ux.md, ``asks`` what it wants in a few words; ``judge`` gives turns and what is wrong there."""

    rule: str
    asks: str
    judge: Judge


def _each(check: Callable[[Reply], str | None]) -> Judge:
    def judge(_: Scenario, trace: Trace) -> Iterator[tuple[int, str]]:
        for reply in all_replies(trace):
            if wrong := check(reply):
                yield reply.number, f"{wrong}: {excerpt(reply.text)}"

    return judge


def _talk(check: Callable[[Trace], Iterator[tuple[int, str]]]) -> Judge:
    return lambda _, trace: check(trace)


REPLY_CHECKS: dict[str, ReplyCheck] = {
    "one_question": ReplyCheck("UX-03", "at most one question per message", _each(wording.questions)),
    "no_ritual": ReplyCheck("UX-07", "no greeting or closing ritual", _each(wording.greeting)),
    "one_answer": ReplyCheck("UX-09", "one answer per burst", _talk(shape.one_answer)),
    "length": ReplyCheck("UX-33", "a recap ≤ 900 characters, any other reply ≤ 700", _each(shape.length)),
    "markdown": ReplyCheck("UX-35", "only formatting that WhatsApp shows", _each(shape.markdown)),
    "total_shown": ReplyCheck("UX-38", "the total in bold where the issue is asked for", _talk(acts.total_shown)),
    "credit_note_warned": ReplyCheck("UX-43", "that only an avoir corrects an invoice", _talk(acts.credit_note_warned)),
    "recipient_shown": ReplyCheck("UX-44", "name and masked number before sending", _talk(acts.recipient_shown)),
    "hold_told": ReplyCheck("UX-45", "how to stop what is leaving", _talk(acts.hold_told)),
    "choices": ReplyCheck("UX-53", "at most five choices of at most 30 characters", _each(acts.choices)),
    "not_understood": ReplyCheck(
        "UX-80", "never « pas compris » without what was understood", _each(wording.not_understood)
    ),
    "gate_word": ReplyCheck("UX-44", "an open gate names the word that opens it", _talk(wording.gate_word)),
    "repeated": ReplyCheck("UX-79", "no reply word for word three times in a row", _talk(shape.repeated)),
    "apologies": ReplyCheck("UX-84", "no chain of apologies", _talk(wording.apologies)),
    "leak": ReplyCheck("UX-84", "no internal name, empty value or template", _each(shape.leak)),
    "register": ReplyCheck("UX-89", "tu or vous, sen or siz as the artisan does", _talk(register.register)),
    "paper": ReplyCheck("UX-91", "no Turkish letter on a document, names aside", papers.turkish_on_paper),
    "emoji": ReplyCheck("A8", "at most one emoji per message", _each(shape.emoji)),
    "number_format": ReplyCheck("E", "amounts as 1 250,50 €", _each(figures.number_format)),
}


def findings(scenario: Scenario, trace: Trace) -> list[Finding]:
    """Everything the replies of a dialogue get wrong, in order of the turns."""
    found = [
        Finding(check=name, turn=turn, text=text)
        for name, check in REPLY_CHECKS.items()
        if name not in scenario.exempt
        for turn, text in check.judge(scenario, trace)
    ]
    return sorted(found, key=lambda finding: finding.turn)
