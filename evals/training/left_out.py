"""How well unseen authors are read: the learned reader taught without some files of rows, and measured on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agent.understanding.grammar.engine import GrammarUnderstander
from agent.understanding.learned import features
from agent.understanding.learned.model import Model
from agent.understanding.learned.reader import joined
from evals.utterances.loading import Utterance
from evals.utterances.scoring import Scored, score


@dataclass(frozen=True, slots=True)
class Compared:
    """An utterance as the rules read it alone, and as both read it."""

    rules: Scored
    both: Scored


def compare(
    model: Model, utterances: Sequence[Utterance], progress: Callable[[], object] = lambda: None
) -> list[Compared]:
    """Every utterance read both ways; the model must not have been taught with them."""
    rules = GrammarUnderstander()
    found = []
    for utterance in utterances:
        request = utterance.request()
        alone = score(utterance, rules.read(request))
        reading, session = rules.look(request)
        both = joined(features.sight(session, reading), model, request.text) if session.items else reading
        found.append(Compared(alone, score(utterance, both)))
        progress()
    return found
