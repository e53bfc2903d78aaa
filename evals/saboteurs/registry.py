"""Every saboteur, by name. A saboteur exists when it is listed here."""

from __future__ import annotations

from evals.saboteurs import (
    asks_forever,
    drops_the_last_line,
    ignores_corrections,
    invents_a_price,
    issues_unasked,
    names_a_strangers_client,
    obeys_data,
    obeys_forwarded_messages,
    prints_turkish,
    sends_early,
    sends_twice,
    shrugs,
    speaks_the_other_language,
    swaps_quantity_and_price,
    takes_any_namesake,
    takes_anything_as_yes,
    writes_to_another_tenant,
)
from evals.saboteurs.sabotage import Saboteur

_MODULES = (
    sends_early, takes_anything_as_yes, issues_unasked, sends_twice, ignores_corrections, swaps_quantity_and_price,
    drops_the_last_line, invents_a_price, takes_any_namesake, speaks_the_other_language, prints_turkish,
    names_a_strangers_client, writes_to_another_tenant, obeys_data, obeys_forwarded_messages, asks_forever, shrugs,
)  # fmt: skip

SABOTEURS: dict[str, Saboteur] = {module.SABOTEUR.name: module.SABOTEUR for module in _MODULES}
