"""Messages that are edited or deleted on the phone, before and after their turn, before and after issue (UX-16)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.people import Artisan
from tests.acceptance.stack import new_phone

ORDER = {
    "fr": "devis pour Mme Garance, pose de carrelage {} m² à 45",
    "tr": "Mme Garance için devis, {} m² karo 45'ten",
}
MORE = {"fr": "ajoute peinture des murs 30 m² à {}", "tr": "duvar boyası 30 m² {} ekle"}
OK = {"fr": "ok", "tr": "tamam"}


def edit(artisan: Artisan, message_id: str, words: str) -> None:
    artisan.stack.http.put(f"/simulator/messages/{message_id}", json={"text": words}).raise_for_status()


def erase(artisan: Artisan, message_id: str) -> None:
    artisan.stack.http.delete(f"/simulator/messages/{message_id}").raise_for_status()


@pytest.fixture
def ready(language: str, artisan_of: Callable[..., Artisan]) -> Artisan:
    return artisan_of(
        language, clients=[{"name": "Mme Garance", "phone": new_phone(), "address": "3 rue Pasteur, 69003 Lyon"}]
    )


def ordered(artisan: Artisan, quantity: int = 12) -> str:
    """A quote is ordered and shown; the message's id."""
    message_id = artisan.post(ORDER[artisan.language].format(quantity))
    assert artisan.replies() and artisan.awaiting == "confirm:issue"
    return message_id


def total(artisan: Artisan) -> Decimal:
    draft = artisan.draft
    assert draft is not None
    return Decimal(draft["subtotal"])


def test_edited_before_its_turn(ready: Artisan) -> None:
    with ready.stack.worker_asleep():
        message_id = ready.post(ORDER[ready.language].format(12))
        edit(ready, message_id, ORDER[ready.language].format(14))
    assert len(ready.replies()) == 1 and total(ready) == 14 * 45


def test_edited_while_the_draft_is_open(ready: Artisan) -> None:
    """The draft becomes what the new words say; the answer shows the new total, once."""
    message_id = ordered(ready)
    edit(ready, message_id, ORDER[ready.language].format(14))
    (told,) = ready.replies()
    assert "630" in told and total(ready) == 14 * 45
    edit(ready, message_id, ORDER[ready.language].format(15))
    assert len(ready.replies()) == 1 and total(ready) == 15 * 45
    assert ready.awaiting == "confirm:issue"
    assert ready.say(OK[ready.language]) != [] and Decimal(ready.documents()[0]["subtotal"]) == 15 * 45


def test_nothing_is_said_when_the_amounts_stay(ready: Artisan) -> None:
    message_id = ordered(ready)
    edit(ready, message_id, ORDER[ready.language].format(12) + ".")
    assert ready.replies() == [] and total(ready) == 12 * 45
    assert ready.awaiting == "confirm:issue"


def test_what_came_after_it_stays(ready: Artisan) -> None:
    message_id = ordered(ready)
    ready.say(MORE[ready.language].format(20))
    assert total(ready) == 12 * 45 + 600
    edit(ready, message_id, ORDER[ready.language].format(10))
    assert len(ready.replies()) == 1 and total(ready) == 10 * 45 + 600


def test_a_second_message_edited(ready: Artisan) -> None:
    ordered(ready)
    second = ready.post(MORE[ready.language].format(20))
    ready.replies()
    edit(ready, second, MORE[ready.language].format(22))
    assert len(ready.replies()) == 1 and total(ready) == 12 * 45 + 660


def test_an_edit_is_no_word_for_a_gate(ready: Artisan) -> None:
    ordered(ready)
    no = ready.post({"fr": "attends", "tr": "dur"}[ready.language])
    ready.replies()
    edit(ready, no, OK[ready.language])
    ready.replies()
    assert ready.documents() == [] and ready.draft is not None


def test_edited_after_issue(ready: Artisan) -> None:
    """One line, and the document stays as it is."""
    message_id = ordered(ready)
    ready.say(OK[ready.language])
    issued: list[dict[str, Any]] = ready.documents()
    edit(ready, message_id, ORDER[ready.language].format(20))
    (told,) = ready.replies()
    assert issued[0]["number"] in told and "\n" not in told
    assert ready.documents() == issued


def test_deleted_before_its_turn(ready: Artisan) -> None:
    with ready.stack.worker_asleep():
        message_id = ready.post(ORDER[ready.language].format(12))
        erase(ready, message_id)
    assert ready.replies() == [] and ready.draft is None


def test_deleted_line_leaves_the_draft(ready: Artisan) -> None:
    ordered(ready)
    second = ready.post(MORE[ready.language].format(20))
    ready.replies()
    erase(ready, second)
    (told,) = ready.replies()
    assert "540" in told and total(ready) == 12 * 45


def test_deleting_the_whole_order_asks(ready: Artisan) -> None:
    """The draft is not thrown away behind his back: one question."""
    message_id = ordered(ready)
    erase(ready, message_id)
    assert len(ready.replies()) == 1
    assert ready.awaiting == "confirm:cancel" and total(ready) == 12 * 45


def test_deleted_after_issue(ready: Artisan) -> None:
    message_id = ordered(ready)
    ready.say(OK[ready.language])
    issued = ready.documents()
    erase(ready, message_id)
    assert len(ready.replies()) == 1 and ready.documents() == issued


def test_a_question_that_was_edited_is_left_alone(ready: Artisan) -> None:
    question = ready.post({"fr": "qui me doit de l'argent ?", "tr": "kim bana borçlu?"}[ready.language])
    assert ready.replies()
    edit(ready, question, {"fr": "qui me doit de l'argent, déjà ?", "tr": "kim bana borçlu şimdi?"}[ready.language])
    assert ready.replies() == []
