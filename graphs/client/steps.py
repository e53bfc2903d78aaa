"""The steps of a client card, under the names of R098; one message usually fills them all (C03)."""

from graphs.shared.decision import which_card
from graphs.shared.situation import Situation, Step

STEPS = (
    "initiated", "collect_name", "confirm_name", "collect_address", "confirm_address", "collect_siret",
    "confirm_siret", "collect_contacts", "confirm_contacts", "review_client", "save_client", "completed",
)  # fmt: skip

_SLOT_STEPS = {"phone": "collect_contacts", "email": "collect_contacts", "siret": "collect_siret"}


def decide(s: Situation) -> Step:
    """Asks once more for what was wrong, or for the name; a saved card ends the run."""
    if fact := s.find("client_candidates"):
        return which_card(fact)
    refused = s.find("refused")
    slot = str(refused.values["key"]).removeprefix("invalid_") if refused is not None else ""
    if slot in _SLOT_STEPS and not s.has("denied", "skipped"):
        return Step(_SLOT_STEPS[slot], f"slot:client.{slot}")
    if s.has("client_saved", "client_updated", "client_card"):
        return Step("completed", done=True)
    if slot == "which_client":
        return Step("collect_name", "slot:client.name")
    if refused is not None:
        return Step("completed", done=True)
    if s.has("denied", "skipped"):
        return Step("completed", done=True, answer="answers.not_cancelled")
    question = None if refused is not None else "questions.client_card_name"  # the refusal asks already
    return Step("collect_name", "slot:client.name", question=question)
