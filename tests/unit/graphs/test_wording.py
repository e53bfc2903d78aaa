"""What an artisan reads: recap, changed lines, masked phone (UX-33, UX-36, UX-44)."""

import importlib.util
from decimal import Decimal
from pathlib import Path

import pytest

from graphs.shared.changes import changed_lines
from graphs.shared.wording import Wording, client_text, masked_phone

_spec = importlib.util.spec_from_file_location("graph_documents", Path(__file__).parent / "documents.py")
documents = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(documents)


def wording(document, language="fr", form="tu"):
    return Wording(document, documents.SELLER, language=language, form=form, today=documents.TODAY)


def test_the_recap_in_french():
    assert wording(documents.placo()).recap(new_client=True).splitlines() == [
        "*Devis – Mme Petit* (nouveau client)",
        "1. Placo – 12 m² × 35,00 = 420,00",
        "2. Peinture – 12 m² × 18,00 = 216,00",
        "HT 636,00 · TVA 10 % 63,60 (logement de plus de 2 ans, sinon dis-le)",
        "*699,60 € TTC*",
    ]


def test_the_recap_in_turkish_keeps_french_amounts():
    document = documents.document(("kapı boyası", "3", "u", "1055.5"), buyer=documents.buyer(), language="tr")
    text = wording(document, "tr", "sen").recap(new_client=False)
    assert "3 adet × 1 055,50 = 3 166,50" in text
    assert "TVA %10" in text and "*TTC 3 483,15 €*" in text


@pytest.mark.parametrize("language", ["fr", "tr"])
def test_a_long_recap_stays_short(language):
    lines = [(f"peinture pièce {n}", "12", "m²", "18") for n in range(30)]
    text = wording(documents.document(*lines, buyer=documents.buyer()), language).recap(new_client=False)
    assert len(text) <= 900
    assert "18" in text.splitlines()[-4] or "PDF" in text


def test_nothing_is_totalled_before_there_is_a_price():
    text = wording(documents.document(("gouttière", "18", "ml", None))).recap(new_client=False)
    assert "18 ml × ? = ?" in text and "TTC" not in text and "0,00" not in text


def test_only_what_changed_is_said():
    before = documents.placo()
    after = before.model_copy(deep=True)
    after.lines[1].unit_price = Decimal(20)
    after.notes.append("Évacuation à la charge du client")
    assert changed_lines(wording(before), wording(after)) == [
        "Ligne 2 : 18,00 → *20,00* = 240,00",
        "Note ajoutée : « Évacuation à la charge du client »",
    ]
    assert changed_lines(wording(before, "tr"), wording(after, "tr"))[0] == "2. satır: 18,00 → *20,00* = 240,00"


def test_added_and_removed_lines_are_said():
    before = documents.placo()
    after = documents.document(("étaiement", None, None, "380"), buyer=before.buyer)
    after.lines = [before.lines[0].model_copy(), *after.lines]
    after.lines[1].position = 2
    said = changed_lines(wording(before), wording(after))
    assert said == ["− Peinture (12 m² × 18,00 = 216,00)", "+ *2. Étaiement – 380,00*"]


@pytest.mark.parametrize(
    ("phone", "shown"),
    [("+33612343109", "06 •• •• 31 09"), ("+905321234567", "+90 •• •• 45 67"), (None, "")],
)
def test_a_phone_is_masked(phone, shown):
    assert masked_phone(phone) == shown


def test_a_client_is_named_with_his_title():
    assert client_text(documents.buyer()) == "Mme Petit"
    assert client_text(documents.buyer(title=None, name="Bâti Sud")) == "Bâti Sud"
    assert client_text(None) is None


def test_a_long_document_shows_its_lots_with_their_subtotals():
    """UX-34: more than twelve lines are told by lot; the draft PDF that comes along has the detail."""
    lines = [(f"prise {n}", "1", "u", "60") for n in range(1, 15)]
    document = documents.document(*lines, buyer=documents.buyer())
    for line in document.lines:
        line.section = "Électricité" if line.position <= 8 else "Plomberie"
    words = Wording(document, documents.SELLER, language="fr", form="tu", today=documents.TODAY)
    assert words.rows() == [
        {"heading": "Électricité", "amount": "480,00"},
        {"heading": "Plomberie", "amount": "360,00"},
    ]
    assert words.hidden() == 14
    recap = words.recap(new_client=False)
    assert "_Plomberie_ – 360,00" in recap and "14 lignes en détail dans le PDF" in recap
    assert len(recap) <= 900
