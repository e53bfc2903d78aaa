"""Scenarios changed in ways that must not change what comes of them, and in one way that must: no word, no document.

A mutation makes a scenario of a scenario, or None where it does not apply. Expectations stay, but for the answers that
are no confirmation: then nothing may be issued or sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from evals.running.mutated_words import Change, as_recognised, in_capitals, outside_placeholders, without_accents
from evals.running.playing import MOST_TURNS, Play, fingerprint
from evals.running.script import sayings_of
from evals.scenarios.placeholders import worded
from evals.scenarios.schema import Answer, Detour, Event, Expect, Say, Scenario, Text, Tools, User, When, Words
from tools.commands import Language

Mutation = Callable[[Scenario], Scenario | None]
_LANGUAGES: tuple[Language, Language] = ("fr", "tr")
_ISSUE, _SEND = "confirm:issue", "confirm:send_to_client"
_PLAIN_FAMILIES = ("happy", "correction")
"""Where one word more or less at a gate, or a killed worker, is all that happens."""

_CONFIRMATIONS = {
    _ISSUE: [
        ("oui", "evet"), ("ouais", "aynen"), ("ok", "tamam"), ("okay", "okey"), ("c'est bon", "olur"), ("c bon", "tmm"),
        ("vas-y", "hadi"), ("nickel", "oldu"), ("parfait", "tm"), ("valide", "kes"), ("go", "evet kes"), ("👍", "👍"),
        ("1", "1"), ("émets", "tamam kes"),
    ],
    _SEND: [
        ("oui", "evet"), ("ouais", "aynen"), ("ok", "tamam"), ("envoie", "gönder"), ("vas-y", "yolla"), ("c bon", "tmm"),
        ("parfait", "olur"), ("go", "hadi"), ("👍", "👍"), ("1", "1"),
    ],
}  # fmt: skip
"""Words that open a gate (ux.md D)."""
_REFRAINS = {
    _ISSUE: [
        ("ok mais", "tamam ama"), ("oui sauf", "evet de"), ("c'est bon ?", "tamam mı?"), ("ok ?", "olur mu"),
        ("peut-être", "belki"), ("je sais pas", "bilmiyorum"),
    ],
    _SEND: [
        ("ok mais", "tamam ama"), ("oui sauf", "evet de"), ("c'est bon ?", "tamam mı?"), ("ok ?", "olur mu"),
        ("peut-être", "belki"),
    ],
}  # fmt: skip
"""Answers that open none (ux.md D); who does not know whether to send may as well keep it."""
_INTERRUPTIONS: dict[str, tuple[Any, Words]] = {
    "question": ("question", Words(fr="c'est quoi la TVA ?", tr="KDV ne demek?")),
    "greeting": ("chatter", Words(fr="salut", tr="selam")),
    "chatter": ("chatter", Words(fr="il pleut encore ici", tr="burada yine yağmur var")),
}


class UnknownMutation(ValueError):
    """No mutation of that name; the message lists those there are."""


def mutated(plays: Iterable[Play], names: Sequence[str]) -> list[Play]:
    """Every play changed by every mutation that applies to it. A name may stand for a group, "all" for everything.

    Raises ``UnknownMutation``.
    """
    chosen = {name: change for wanted in names for name, change in _called(wanted).items()}
    found = []
    for play in plays:
        for name, change in chosen.items():
            scenario = change(play.scenario)
            if scenario is not None:
                file_hash = fingerprint(play.scenario)
                found.append(replace(play, scenario=scenario, mutation=name, file_hash=file_hash))
    return found


def _called(wanted: str) -> dict[str, Mutation]:
    found = {
        name: change
        for name, change in MUTATIONS.items()
        if wanted == "all" or name == wanted or name.startswith(f"{wanted}/")
    }
    if not found:
        groups = dict.fromkeys(name.partition("/")[0] for name in MUTATIONS)
        raise UnknownMutation(f"no mutation {wanted!r}; there are all, {', '.join(groups)}")
    return found


def _reworded(change: Change, *, voice: bool = False) -> Mutation:
    careful = outside_placeholders(change)

    def mutate(scenario: Scenario) -> Scenario:
        def text(said: Text) -> Text:
            return Words(
                **{each: careful(_with_knowledge(scenario.user, worded(said, each)), each) for each in _LANGUAGES}
            )

        return _with_user(scenario, _each_saying(scenario.user, text, voice=voice))

    return mutate


def _with_knowledge(user: User, text: str) -> str:
    """What he knows written out where it stands the same in both languages; expectations name it as it was."""
    for key, value in user.knows.items():
        if isinstance(value, str):
            text = text.replace(f"{{knows.{key}}}", value)
    return text


def _each_saying(user: User, text: Callable[[Text], Text], *, voice: bool) -> User:
    def say(said: Text | Say) -> Text | Say:
        full = said if isinstance(said, Say) else Say(say=said)
        return full.model_copy(update={"say": text(full.say), "voice": full.voice or (voice and not full.forwarded)})

    def answer(given: Answer) -> Answer:
        return [say(each) for each in given] if isinstance(given, list) else say(given)

    return user.model_copy(
        update={
            "opening": say(user.opening),
            "answers": {key: answer(given) for key, given in user.answers.items()},
            "then": [say(each) for each in user.then],
            "detours": [each.model_copy(update={"say": say(each.say)}) for each in user.detours],
        }
    )


def _with_user(scenario: Scenario, user: User) -> Scenario:
    return scenario.model_copy(update={"user": user})


def _every_turn(**event: Any) -> Mutation:
    def mutate(scenario: Scenario) -> Scenario:
        more = [Event(when=When(turn=turn), **event) for turn in range(1, MOST_TURNS + 1)]
        return scenario.model_copy(update={"events": [*scenario.events, *more]})

    return mutate


def _interrupted(name: str) -> Mutation:
    kind, words = _INTERRUPTIONS[name]

    def mutate(scenario: Scenario) -> Scenario:
        before = [Detour(when=When(awaiting=key), kind=kind, say=words) for key in scenario.user.answers if key != "*"]
        changed = _with_user(scenario, scenario.user.model_copy(update={"detours": [*before, *scenario.user.detours]}))
        return _longer(changed, len(before))

    return mutate


def _longer(scenario: Scenario, turns: int) -> Scenario:
    """A perfect talk takes so many turns more, and so many more are allowed."""
    budget = scenario.expect.budget
    allowed = budget.model_copy(update={"turns": budget.turns + turns if budget.turns is not None else None})
    return scenario.model_copy(
        update={
            "minimum_turns": scenario.minimum_turns + turns,
            "expect": scenario.expect.model_copy(update={"budget": allowed}),
        }
    )


def _confirmed(gate: str, words: tuple[str, str]) -> Mutation:
    def mutate(scenario: Scenario) -> Scenario | None:
        if scenario.family not in _PLAIN_FAMILIES:
            return None
        answers = scenario.user.answers.get(gate)
        if answers is None or not any(_is_plain_consent(each) for each in sayings_of(answers)):
            return None
        said = Words(fr=words[0], tr=words[1])
        changed = [
            each.model_copy(update={"say": said, "burst": False})
            if isinstance(each, Say) and _is_plain_consent(each)
            else each
            for each in sayings_of(answers)
        ]
        return _with_answers(scenario, {gate: changed})

    return mutate


def _is_plain_consent(said: Text | Say) -> bool:
    return isinstance(said, Say) and said.consent is True


def _refrained(gate: str, words: tuple[str, str]) -> Mutation:
    """He answers the gate with something else and then says nothing more."""

    def mutate(scenario: Scenario) -> Scenario | None:
        user = scenario.user
        answers = user.answers.get(gate)
        if scenario.family not in _PLAIN_FAMILIES or answers is None:
            return None
        if not all(_is_plain_consent(each) for each in sayings_of(answers)) or _consents_elsewhere(user):
            return None
        changed = _with_answers(scenario, {gate: [Say(say=Words(fr=words[0], tr=words[1]))]})
        must_not = ["send_whatsapp"] if gate == _SEND else ["issue_document", "send_whatsapp"]
        expect = Expect(outcome="open", tools=Tools(must_not=must_not), forbidden=scenario.expect.forbidden)
        return changed.model_copy(update={"user": changed.user.model_copy(update={"then": []}), "expect": expect})

    return mutate


def _consents_elsewhere(user: User) -> bool:
    others = [user.opening, *user.then, *(detour.say for detour in user.detours)]
    others += [said for key, given in user.answers.items() if key not in (_ISSUE, _SEND) for said in sayings_of(given)]
    return any(isinstance(said, Say) and said.consent for said in others)


def _with_answers(scenario: Scenario, more: dict[str, list[Text | Say]]) -> Scenario:
    return _with_user(scenario, scenario.user.model_copy(update={"answers": {**scenario.user.answers, **more}}))


def _while_issuing(**event: Any) -> Mutation:
    """Something happens with the first answer to the question whether to issue."""

    def mutate(scenario: Scenario) -> Scenario | None:
        if scenario.family not in _PLAIN_FAMILIES or _ISSUE not in scenario.user.answers:
            return None
        return scenario.model_copy(update={"events": [*scenario.events, Event(when=When(awaiting=_ISSUE), **event)]})

    return mutate


MUTATIONS: dict[str, Mutation] = {
    "accents": _reworded(without_accents),
    "capitals": _reworded(in_capitals),
    "recogniser": _reworded(as_recognised, voice=True),
    "burst": _every_turn(burst=2),
    "disorder": _every_turn(burst=2, out_of_order=True),
    "twice": _every_turn(duplicate_webhook=True),
    **{f"interrupted/{name}": _interrupted(name) for name in _INTERRUPTIONS},
    **{
        f"confirmed/{'issue' if gate == _ISSUE else 'send'}/{words[0]}": _confirmed(gate, words)
        for gate, several in _CONFIRMATIONS.items()
        for words in several
    },
    **{
        f"refrained/{'issue' if gate == _ISSUE else 'send'}/{words[0]}": _refrained(gate, words)
        for gate, several in _REFRAINS.items()
        for words in several
    },
    "pause": _while_issuing(silence_minutes=120),
    "killed": _while_issuing(kill_worker=True),
}
"""By name; what stands before the first slash names a group. A worker is killed when its turn is done but for the commit."""
