"""Questions end with their answer."""

from graphs.shared.decision import Situation, Step
from tools.context import Fact

STEPS = ("initiated", "completed")
_WORDS_WITHOUT_QUESTION = ("confirmed", "denied", "skipped", "send_wanted", "recap_wanted")


def decide(s: Situation) -> Step:
    """Nothing is ever awaited here; a yes or no to nothing gets one line (UX-55)."""
    if s.has(*_WORDS_WITHOUT_QUESTION) and not s.has("refused", "list", "status", "payment", "help"):
        s.facts.append(Fact("idle_confirmation"))
    return Step("completed", done=True)
