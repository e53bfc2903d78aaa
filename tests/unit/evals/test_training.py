"""Teaching the learned reader: labels laid on words, the same rows giving the same model, unseen rows compared."""

from __future__ import annotations

from typing import Any

import pytest

from agent.understanding.grammar.engine import GrammarUnderstander
from evals.training.alignment import tags
from evals.training.fitting import fit, model, steps, write
from evals.training.left_out import compare
from evals.training.rows import fingerprint, row, taught
from evals.utterances.loading import Label, Utterance, crowds, utterances

MARTIN = Utterance(
    text="devis mme Martin, 12 m² de placo à 35, peinture 12 m² à 18",
    commands=[
        Label(name="start_document", args={"kind": "quote"}),
        Label(name="select_client", args={"name": "Martin", "title": "Mme"}),
        Label(name="add_line_item", args={"description": "placo", "quantity": "12", "unit": "m²", "unit_price": "35"}),
        Label(
            name="add_line_item", args={"description": "peinture", "quantity": "12", "unit": "m²", "unit_price": "18"}
        ),
    ],
    language="fr",
    part="dev",
)


def laid(utterance: Utterance) -> dict[str, str]:
    """Words to tags, of the items that stand for something."""
    _, session = GrammarUnderstander().look(utterance.request())
    found = tags(session.items, utterance.commands)
    return {
        f"{i}:{item.text}": tag for i, (item, tag) in enumerate(zip(session.items, found, strict=True)) if tag != "O"
    }


def test_each_argument_is_laid_on_its_words_and_each_command_begins_once() -> None:
    found = list(laid(MARTIN).values())
    assert found == [
        "B-select_client.title",
        "I-select_client.name",
        "B-add_line_item.quantity",
        "I-add_line_item.description",
        "I-add_line_item.unit_price",
        "B-add_line_item.description",
        "I-add_line_item.quantity",
        "I-add_line_item.unit_price",
    ]


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_the_numbers_of_the_labels_are_found_in_the_words(language: Any) -> None:
    """Of the prices that development labels name, hardly one stands nowhere: else the tagger would be taught nonsense."""
    named = placed = 0
    for utterance in utterances("dev", language)[:300]:
        prices = [label for label in utterance.commands if label.name == "add_line_item" and "unit_price" in label.args]
        named += len(prices)
        placed += sum(tag.endswith("add_line_item.unit_price") for tag in laid(utterance).values())
    assert named > 100 and placed / named > 0.98


def test_the_same_rows_give_the_same_model_which_reads_what_it_was_taught(tmp_path: Any) -> None:
    said = taught("fr", list(crowds("train", "fr")))[:250]
    rows = [row(utterance, with_rules=shown) for utterance, shown in said]
    went = []
    first, second = fit(rows, "x", lambda: went.append(1)), fit(rows, "x")
    assert first == second and 0 < len(went) <= steps()
    assert [path.name for path in write("fr", first, tmp_path)] == ["fr.crf.gz", "fr.classes.json.gz"]
    (compared,) = compare(model(first), [MARTIN])
    assert compared.both.intents_right and compared.rules.right


def test_a_row_more_or_another_label_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint("tr")
    other = utterances("dev", "tr")[0].model_copy(update={"commands": [Label(name="undo")]})
    monkeypatch.setattr("evals.training.rows.taught", lambda language: [*taught(language), (other, True)])
    assert fingerprint("tr") != before


def test_no_sentence_is_taught_twice_and_none_of_the_test_part_is_copied() -> None:
    """Short answers ("oui") are the same everywhere; a sentence of six words or more is not."""
    for language in ("fr", "tr"):
        rows = [each.text for each in utterances("train", language)]  # type: ignore[arg-type]
        long = {text for text in rows if len(text.split()) >= 6}
        test = {each.text for each in utterances("test", language)}  # type: ignore[arg-type]
        assert not long & test
