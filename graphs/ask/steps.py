"""Questions end with their answer; a signature ends with the offer of a deposit."""

from graphs.shared.decision import decide_without_draft
from graphs.shared.situation import Situation, Step
from tools.context import Fact

STEPS = ("initiated", "completed")
_WORDS_WITHOUT_QUESTION = ("confirmed", "denied", "skipped", "send_wanted", "recap_wanted")


def decide(s: Situation) -> Step:
    """Only a signature, or a document to choose, awaits anything; a yes or no to nothing gets one line (UX-55)."""
    if s.awaited in ("slot:deposit", "choice:client", "choice:document", "confirm:credit") and s.has(
        "denied", "skipped"
    ):
        return Step("completed", done=True, answer="answers.not_cancelled")
    if (step := decide_without_draft(s)) is not None:
        return step
    if s.has(*_WORDS_WITHOUT_QUESTION) and not s.has("refused", "list", "status", "payment", "help"):
        s.facts.append(Fact("idle_confirmation"))
    return Step("completed", done=True)
