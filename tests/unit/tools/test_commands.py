"""Commands hold nothing that the database would refuse, whoever made them."""

from __future__ import annotations

import json

from tools.commands import Command, Reading


def test_what_cannot_be_stored_is_taken_out() -> None:
    command = Command(name="set_note", args={"text": "vu\x00 avec\ud83d le client", "more": ["\x00a", 1, None]})
    assert command.args["text"].startswith("vu avec") and command.args["more"] == ["a", 1, None]
    json.dumps(Reading(commands=[command], language="fr", confidence=1).model_dump(mode="json")).encode()
