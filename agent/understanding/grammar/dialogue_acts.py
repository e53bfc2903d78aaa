"""What is said about the conversation: consent, refusal, undo, greetings (ux.md part D, UX-40 to UX-42, UX-48)."""

from __future__ import annotations

from functools import lru_cache

from agent.understanding.grammar.folding import fold
from agent.understanding.grammar.lexicon import _read, word_set
from agent.understanding.grammar.patterns import Match, Pattern
from agent.understanding.grammar.session import Session
from tools.commands import Command

# Words that mean the same wherever a clause starts; the others must be the whole clause.
_STRONG = word_set("dialogue_acts_strong")
_THUMBS = ("👍", "👌", "✅", "🆗", "💪")
_JOINERS = word_set("dialogue_acts_joiners")
_CHANGES = word_set("dialogue_acts_changes")
_ASKING = frozenset("mi mu miyiz miyim misin musun misiniz musunuz dimi demi miydi".split())
_COMPANIONS = word_set("consent_companions")
_RESERVED = frozenset("evet tamam olur dogru iyi ok guzel".split())
_ALSO_REMOVING = frozenset(["cikar", "cikart", "at"])
"""Said alone they issue or send; after words they take a line away ("spotları da çıkar")."""
_GIVING_UP = frozenset("sil iptal silebilirsin annule supprime efface".split())
_KEEPING = frozenset("hayir yok non nan kalsin silme garde dur bekle attends".split())
_OPENING = frozenset(["amend_quote", "issue_credit_note", "correct_invoice"])
_INSTEAD = frozenset(
    ["select_client", "update_client", "switch_draft", "send_whatsapp", "preview_document", "hand_over"]
)
"""A no that names what to do instead is that alone."""
_LATER = frozenset("demain tard instant moment soir verra lundi reviens revient apres semaine".split())
_STAYS = frozenset(["kalsin", "dursun", "beklesin", "laisse", "laissez", "garde", "gardez"])
"""Words that keep a document where it is, whatever reason follows ("kalsın yarın bakarız")."""
_SOFT_REFUSALS = frozenset(["non", "nan", "hayir", "yok", "yoo"])


@lru_cache(maxsize=1)
def _phrases() -> dict[str, tuple[Pattern, ...]]:
    return {name: tuple(Pattern(str(said)) for said in list_) for name, list_ in _read("dialogue").items()}


_ACTS = ("deny", "undo", "nothing_more", "confirm", "issue", "send", "maybe", "but", "greeting", "thanks")


def _edges(session: Session) -> tuple[set[int], set[int]]:
    """Where short answers start and end, so that "yok olmaz" and "oui vas-y" stand alone together."""
    starts, ends = set(), set()
    for act in _ACTS:
        for match in _found(session, act):
            starts.add(match.first)
            ends.add(match.last)
    return starts, ends


def _found(session: Session, act: str) -> list[Match]:
    """Where the phrases of an act stand in either language; looked for once."""
    if act not in session.acts:
        patterns = [*_phrases()[f"{act}_fr"], *_phrases()[f"{act}_tr"]]
        session.acts[act] = [match for pattern in patterns for match in pattern.finditer(session.line)]
    return session.acts[act]


_UNSURE = frozenset("sanirim sanirsam galiba herhalde belki muhtemelen heralde".split())


def _matches(session: Session, act: str, edges: tuple[set[int], set[int]]) -> list[Match]:
    out = [match for match in _found(session, act) if _stands_alone(session, match, edges)]
    out.sort(key=lambda m: (m.first, -(m.last - m.first)))
    kept: list[Match] = []
    for match in out:
        if not kept or match.first >= kept[-1].last:
            kept.append(match)
    return kept


def _stands_alone(session: Session, match: Match, edges: tuple[set[int], set[int]]) -> bool:
    items = session.items
    if not session.free(match.first, match.last):
        return False
    before = items[match.first - 1] if match.first else None
    after = items[match.last] if match.last < len(items) else None
    fillers = session.lexicon.words["fillers"]
    opened = (
        before is None
        or before.kind == "mark"
        or before.claimed is not None
        or before.key in fillers
        or before.key in ("et", "ve", "hadi", "sen", "donc", "mais")
        or match.first in edges[1]
    )
    if not opened or (items[match.first].key in _ALSO_REMOVING and before is not None and before.key in ("da", "de")):
        return False
    closed = (
        after is None
        or after.separator
        or after.key.startswith(_THUMBS)
        or after.claimed is not None
        or after.key in _JOINERS
        or after.key in fillers
        or match.last in edges[0]
    )
    if closed:
        return True
    if match.last - match.first == 1 and items[match.first].key in _STRONG:
        return not (items[match.first].key in ("yok", "dogru") and after is not None and not after.separator)
    return False


def gates(session: Session) -> None:
    """Orders to issue, only said of a draft: before documents are started from the same words."""
    awaiting = session.context.awaiting or ""
    if not (session.has_draft() or awaiting.startswith("confirm:")):
        return
    edges = _edges(session)
    for act, gate in (("issue", "issue"), ("send", "send")):
        for match in _matches(session, act, edges):
            if session.is_question(match.first) or not session.free(match.first, match.last):
                continue
            session.claim(match.first, match.last, "confirm")
            session.emit("confirm", {"gate": gate}, match.first, match.last)


def answers(session: Session) -> None:
    """Yes, no, undo and greetings among the words left."""
    awaiting = session.context.awaiting or ""
    edges = _edges(session)
    _cancelling(session)
    _restrictions(session)
    for act in ("deny", "undo", "nothing_more", "confirm", "issue", "send", "maybe", "but"):
        for match in _matches(session, act, edges):
            if not session.free(match.first, match.last):
                continue
            if act in ("confirm", "issue", "send", "deny") and _doubtful(session, match):
                session.claim(match.first, match.last, "not_a_confirmation")
                _claim_question(session, match)
                continue
            session.claim(match.first, match.last, act)
            if act == "undo" or (act == "deny" and session.items[match.first].key == "iptal"):
                about_to_leave = (
                    awaiting.startswith("confirm:")
                    if act == "deny"
                    else awaiting in ("confirm:send_to_client", "confirm:cancel")
                )
                session.emit("deny" if about_to_leave else "undo", {}, match.first, match.last)
            elif act == "deny" or (act == "nothing_more" and awaiting == "slot:line.more"):
                session.emit("deny", {}, match.first, match.last)
            elif act in ("confirm", "issue", "send"):
                session.emit("confirm", {"gate": None if act == "confirm" else act}, match.first, match.last)
    for index, item in enumerate(session.items):
        if item.claimed is None and item.kind == "mark" and item.key.startswith(_THUMBS):
            item.claimed = "confirm"
            session.emit("confirm", {}, index, index + 1)
    _refusal_first(session)
    for act in ("greeting", "thanks"):
        for match in _matches(session, act, edges):
            session.claim(match.first, match.last, act)


def _cancelling(session: Session) -> None:
    """Asked whether to give the draft up, "sil" and "iptal et" agree."""
    if session.context.awaiting != "confirm:cancel" or any(i.key in _KEEPING for i in session.items):
        return
    for index, item in enumerate(session.items):
        if item.claimed is None and item.key in _GIVING_UP and not session.is_question(index):
            session.claim(index, index + 1, "confirm")
            session.emit("confirm", {}, index, index + 1)
            if index + 1 < len(session.items) and session.items[index + 1].key == "et":
                session.claim(index + 1, index + 2, "confirm")


def _refusal_first(session: Session) -> None:
    """Asked to issue or send, a message that opens with "yok" and orders nothing refuses ("yok bu akşam elden veririm")."""
    awaiting = session.context.awaiting or ""
    opening = session.items[0]
    numbers = any(item.numeric and item.claimed is None for item in session.items)
    orders = session.commands or numbers or opening.claimed is not None or session.is_question(0)
    refused = opening.key in _SOFT_REFUSALS or opening.key in _STAYS
    if opening.key == "gerek" and len(session.items) > 1 and session.items[1].key == "yok":
        refused = True
        session.claim(1, 2, "deny")
    if awaiting.startswith("confirm:") and not orders and refused:
        session.claim(0, 1, "deny")
        session.emit("deny", {}, 0, 1)


def _restrictions(session: Session) -> None:
    """ "ok mais…", "tamam ama…": the word after a consent that takes it back."""
    for index, item in enumerate(session.items):
        if (
            item.claimed is None
            and item.key in ("mais", "sauf", "ama", "fakat", "ancak", "yalniz", "cependant")
            and index < 6
        ):
            item.claimed = "but"
        elif (
            item.claimed is None
            and item.key in ("de", "da")
            and session.language == "tr"
            and index
            and session.items[index - 1].key in _RESERVED
        ):
            item.claimed = "but"  # "evet de…": a reserve follows


def _doubtful(session: Session, match: Match) -> bool:
    """A question ("tamam mı?", "d'accord ?", "c bon la ?", "tamam di mi") never confirms (UX-42)."""
    first, last = session.clause(match.first)
    items = session.items
    if last < len(items) and items[last].key == "?":
        return True
    keys = [item.key for item in items[first:last]]
    if session.language == "tr" and _UNSURE & set(keys):
        return True  # "sanırım tamam"
    if any(key in _ASKING for key in keys[match.last - first :]):
        return True
    return session.language == "fr" and (keys[:3] == ["est", "ce", "que"] or bool({"crois", "penses"} & set(keys)))


def _claim_question(session: Session, match: Match) -> None:
    _first, last = session.clause(match.first)
    for item in session.items[match.last : last]:
        if item.key in ("mi", "mu", "comme", "ca", "sana", "gore", "la", "pour", "toi", "vous"):
            item.claimed = item.claimed or "not_a_confirmation"


def greeted(session: Session) -> bool:
    return any(item.claimed == "greeting" for item in session.items)


def settle(session: Session) -> None:
    """One consent at most, and none beside a change of amount, recipient or VAT (UX-41)."""
    commands = session.commands
    _meant_by_the_question(session)
    commands.sort(key=lambda c: (c.start, c.name not in _OPENING, c.end))
    before = len(commands)
    if commands and commands[-1].name == "deny" and "laisse" in fold(commands[-1].evidence) and session.has_draft():
        commands[:] = [c for c in commands if c.name == "deny"]  # "c'est 16 ml… non laisse, c'est bon"
        commands[:] = commands if len(commands) == before else []
    deposits = [c for c in commands if c.name == "set_deposit"]
    if len(deposits) > 1:  # "30 % à la signature, 40 % au démarrage": the first is what is asked for to begin with
        commands[:] = [c for c in commands if c.name != "set_deposit" or c is deposits[0]]
    if any(c.name == "update_line_item" for c in commands):
        commands[:] = [c for c in commands if c.name != "skip"]  # "j'ai pas mesuré, mets 20"
    if any(c.name == "update_company" and c.args.get("vat_regime") == "franchise" for c in commands):
        commands[:] = [c for c in commands if c.name != "set_vat"]
    if any(_blocks(c) or c.name in _INSTEAD for c in commands):
        commands[:] = [c for c in commands if c.name != "deny"]
    if any(c.name == "show_transcript" for c in commands):
        commands[:] = [c for c in commands if c.name != "deny"]  # "c'est pas ça, relis ce que tu as entendu"
    if session.context.awaiting == "confirm:cancel" and any(c.name == "confirm" for c in commands):
        commands[:] = [c for c in commands if c.name != "cancel_document"]  # "evet sil": the yes to that question
    if any(c.name == "cancel_document" for c in commands):
        commands[:] = [c for c in commands if c.name not in ("undo", "deny", "confirm")]
    consents = [c for c in commands if c.name == "confirm"]
    if not consents:
        return
    cut = next((i for i, c in enumerate(commands) if c.name == "start_document"), len(commands))
    awaited = session.has_draft() or (session.context.awaiting or "").startswith(("confirm:", "choice:", "slot:"))
    blocked = any(_blocks(c) for c in commands[:cut]) or (cut < len(commands) and not awaited)
    harmless = ("confirm", "send_whatsapp", "set_note", "set_dates", "update_line_item", "update_client")
    blocked = blocked or (not awaited and any(c.name not in harmless for c in commands))
    blocked = blocked or any(c.name == "deny" and c.start > consents[-1].start for c in commands)
    blocked = blocked or _restricted(session, commands) or any(_withheld(session, c) for c in consents)
    if blocked:
        commands[:] = [c for c in commands if c.name != "confirm"]
        return
    gates_said = [c.args.get("gate") for c in consents if c.args.get("gate")]
    plain = [c for c in consents if not c.args.get("gate")]
    first = consents[0]
    gate = "issue" if "issue" in gates_said else gates_said[0] if gates_said else None
    asked = session.context.awaiting == "confirm:send_to_client"  # nothing but sending is open
    to_client = "send" in gates_said and (bool(plain) or "issue" in gates_said) and not asked
    first.args = {"gate": gate if not to_client or gate == "issue" else None}
    first.args = {k: v for k, v in first.args.items() if v is not None}
    last = next((c for c in reversed(consents) if c.args.get("gate") == "send"), consents[-1])
    commands[:] = [c for c in commands if c.name != "confirm" or c is first]
    if to_client and not any(c.name == "send_whatsapp" for c in commands):
        position = commands.index(first) + 1
        sending = Command(
            name="send_whatsapp", args={"to": "client"}, evidence=last.evidence, start=last.start, end=last.end
        )
        commands.insert(position, sending)


def _meant_by_the_question(session: Session) -> None:
    """ "oui abandonne" agrees to give up, "oui fais l'avoir" to the credit note offered; "laisse tomber, demain" refuses."""
    awaiting = session.context.awaiting or ""
    offered = {"confirm:cancel": "cancel_document", "confirm:credit": "issue_credit_note"}.get(awaiting)
    for command in session.commands:
        if command.name == offered and not set(command.args) - {"scope"}:
            command.name, command.args = "confirm", {}
        elif command.name == "cancel_document" and not session.has_draft() and session.context.workflow == "client":
            command.name, command.args = "deny", {}  # "laisse tomber" to the question for a name: nothing to give up
        elif command.name == "cancel_document" and fold(command.evidence).startswith("laiss") and _put_off(session):
            command.name, command.args = "deny", {}
            for item in session.items:
                item.claimed = item.claimed or ("maybe" if item.key in _LATER else None)


def _put_off(session: Session) -> bool:
    return bool({item.key for item in session.items} & _LATER)


def _withheld(session: Session, consent: Command) -> bool:
    """Whether the words around a consent take it back: put off ("ok je te redis"), refused ("pas encore ok"), unexplained."""
    first = next(i for i, item in enumerate(session.items) if item.start >= consent.start)
    begin, end = session.clause(first)
    if any(item.claimed == "maybe" for item in session.items):
        return True
    refusals = [
        c for c in session.commands if c.name == "deny" and session.items[begin].start <= c.start < consent.start
    ]
    if any(fold(c.evidence) not in _SOFT_REFUSALS for c in refusals):
        return True
    small = session.lexicon.words["fillers"] | session.lexicon.words["articles"] | _COMPANIONS
    return any(
        item.kind == "word" and item.claimed is None and item.key not in small for item in session.items[begin:end]
    )


def _blocks(command: Command) -> bool:
    if command.name == "update_line_item":
        return bool(set(command.args) - {"line", "match", "match_value", "description"})
    if command.name == "update_client":
        return bool({"phone", "email", "siret", "new_name", "name"} & set(command.args))
    return command.name in _CHANGES


def _restricted(session: Session, commands: list[Command]) -> bool:
    """ "ok mais…" followed by something that was not understood as a note or wording: no consent."""
    but = [i for i, item in enumerate(session.items) if item.claimed == "but"]
    if not but:
        return False
    harmless = any(c.name in ("set_note", "update_line_item", "set_dates") for c in commands)
    harmless = harmless or any(item.claimed == "not_sent" for item in session.items)
    return not harmless
