"""Joins a model's commands with the grammar's: what the grammar read stands, a model adds what the words left over bear out.

The grammar does not guess, so nothing that it read is taken back. The words that it could not explain are looked at once
more, alone: a command of the model counts if these words by themselves say its numbers, its names, its subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.understanding.evidence import Evidence
from agent.understanding.grounding import Grounded, ground
from agent.understanding.said_words import SaidWords
from agent.understanding.twins import Twins
from tools.commands import Command, DialogueContext, Reading

# What a change of a document is made of: with one of them, a yes in the same message is no plain yes (DESIGN §7).
_CHANGES = frozenset(
    "add_line_item update_line_item remove_line_item move_line_item set_vat set_discount set_deposit set_progress "
    "set_retention select_client".split()
)
_HALF = 0.5
"""A yes among words of which most are not understood counts only if the model hears it too."""
# Begun, ended or said about the conversation: no words of a message prove it, so a model alone never does it.
_NEVER_ADDED = frozenset(
    "start_document cancel_document confirm deny skip choose undo show_recap show_transcript ask_help off_topic "
    "hand_over resume_bot set_voice_replies preview_document get_company set_up_company "
    "list_documents get_document switch_draft copy_document send_whatsapp move_line_item find_client price_history".split()
)
_ADDED_SLOTS = frozenset(
    "title place address phone email siret siren vat_number date due_date due_days validity_days service_date "
    "start_date method".split()
)
"""Arguments that complete a command of the grammar. An amount is none of them: which line it belongs to is a guess."""
_LINES = frozenset(["add_line_item", "update_line_item"])
_AMOUNTS = frozenset(["quantity", "unit_price", "total"])
# Words for a sum: a line called so would repeat what the lines add up to.
_SUMS = re.compile(r"\b(sous[- ]?total|total|somme|tout|ttc|ht|tva|ara toplam|toplam|tutar|hepsi|kdv)\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?|\b(m[ıiuü](y[ıiuü]m|s[ıiuü]n)?|est-ce que|combien|kaça?|ne kadar)\b", re.IGNORECASE)


def merge(commands: Sequence[Command], text: str, context: DialogueContext, own: Reading) -> list[Command]:
    """The grammar's commands with what a model's grounded ``commands`` add to them, in the order said."""
    left = left_over(text, own)
    merged = [command.model_copy(update={"args": dict(command.args)}) for command in own.commands]
    twins = Twins(merged)
    alone: list[Command] = []
    for command in commands:
        twin = twins.of(command)
        if twin is None:
            alone.append(command)
        else:
            _complete(twin, command, left, context, own)
    added = _borne_out(alone, left, context, own)
    doubtful = own.confidence < _HALF and not any(command.name == "confirm" for command in commands)
    if added:
        merged = [command for command in merged if command.name != "off_topic"]
    if doubtful or _CHANGES & {command.name for command in added}:
        merged = [command for command in merged if not _is_consent(command)]
    for command in added:
        place = text.find(command.evidence) if command.evidence else -1
        end = place + len(command.evidence) if place >= 0 else 0
        _insert(merged, command.model_copy(update={"start": max(place, 0), "end": end}))
    return merged


def left_over(text: str, own: Reading) -> str:
    """The words that the grammar did not explain, a line for each run of them; all of them if it made nothing of them."""
    read = any(command.name != "off_topic" for command in own.commands)
    return "\n".join(own.unexplained) if read else text


def _complete(twin: Command, command: Command, left: str, context: DialogueContext, own: Reading) -> None:
    """Arguments of a command that the grammar read without them, where the words left over say them."""
    evidence = Evidence(left, context, _silent(own))
    for slot in sorted(_ADDED_SLOTS & set(command.args) - set(twin.args)):
        evidence.begin(command)
        if evidence.bears(command, slot, command.args[slot]):
            twin.args[slot] = command.args[slot]


def _borne_out(alone: Sequence[Command], left: str, context: DialogueContext, own: Reading) -> list[Command]:
    """Commands that the grammar did not read and the words left over prove by themselves."""
    if _QUESTION.search(left):
        return []
    possible = [command for command in alone if command.name not in _NEVER_ADDED]
    grounded: Grounded = ground([_bare(command) for command in possible], left, context, _silent(own))
    found = [command for command in grounded.commands if _tells_enough(command, left)]
    named = any(command.args.get("name") or command.args.get("client_name") for command in own.commands)
    about_work = any(command.name in ("start_document", "add_line_item") for command in [*own.commands, *found])
    found = [c for c in found if c.name not in ("select_client", "create_client") or (about_work and not named)]
    if _LINES & {command.name for command in own.commands}:
        found = [command for command in found if command.name not in ("update_line_item", "remove_line_item")]
    for command in found:
        if command.name in _LINES and _AMOUNTS & set(command.args):
            command.args.setdefault("doubt", "ungrounded:unit_price")
    return found


def _is_consent(command: Command) -> bool:
    """A yes to a gate, or the word that the client gets it; what goes to the artisan himself is neither."""
    return command.name == "confirm" or (command.name == "send_whatsapp" and command.args.get("to") == "client")


def _tells_enough(command: Command, left: str) -> bool:
    """A line has a price and is no sum, a name stands in the words themselves, an address has a number."""
    args = command.args
    if command.name == "add_line_item":
        return bool({"unit_price", "total"} & set(args)) and not _SUMS.search(str(args["description"]))
    names = [str(args[slot]) for slot in ("name", "new_name", "client_name") if args.get(slot)]
    words = SaidWords(left)
    if not all(words.says_name(name) for name in names):
        return False
    return not args.get("address") or any(character.isdigit() for character in str(args["address"]))


def _bare(command: Command) -> Command:
    return Command(name=command.name, args={slot: v for slot, v in command.args.items() if slot != "doubt"})


def _silent(own: Reading) -> Reading:
    """The grammar as a witness of nothing: what it read stands elsewhere in the message."""
    return own.model_copy(update={"commands": [], "recognised": []})


def _insert(commands: list[Command], command: Command) -> None:
    """Puts the command where it was said; at the end when its place is not known."""
    if not command.end:
        commands.append(command)
        return
    later = (index for index, other in enumerate(commands) if other.end and other.start > command.start)
    commands.insert(next(later, len(commands)), command)
