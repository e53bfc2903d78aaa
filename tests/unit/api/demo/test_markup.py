"""WhatsApp formatting is rendered safely, and numbered answers are found where a person would see them."""

from __future__ import annotations

import pytest

from api.demo.markup import Option, Span, html, options, spans, unbroken


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*Devis – Mme Lefebvre* (Bron)", "<strong>Devis – Mme Lefebvre</strong> (Bron)"),
        ("_logement_ et *ok*", "<em>logement</em> et <strong>ok</strong>"),
        ("*gras _et italique_*", "<strong>gras </strong><strong><em>et italique</em></strong>"),
        ("~780~ *870,00*", "<s>780</s> <strong>870,00</strong>"),
        ("```1 * 2 * 3```", "<code>1 * 2 * 3</code>"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("un*deux*trois", "un*deux*trois"),
        ("nom_de_fichier_1.pdf", "nom_de_fichier_1.pdf"),
        ("*seul", "*seul"),
        ("*deux\nlignes*", "*deux\nlignes*"),
    ],
)
def test_formatting(text: str, expected: str) -> None:
    assert str(html(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "*<img src=x onerror=alert(1)>*",
        "_\"'><svg/onload=alert(1)>_",
        "```</code><b>```",
        'https://exemple.fr/"onclick="alert(1)',
        "<a href='javascript:alert(1)'>x</a>",
    ],
)
def test_a_message_is_never_markup(text: str) -> None:
    rendered = str(html(text))
    for harmless in ("<strong>", "</strong>", "<em>", "</em>", "<code>", "</code>"):
        rendered = rendered.replace(harmless, "")
    start = '<a href="https://exemple.fr/" rel="noopener noreferrer" target="_blank">https://exemple.fr/</a>'
    assert "<" not in rendered.replace(start, "")


def test_links_open_apart_and_leave_the_full_stop_outside() -> None:
    assert spans("Voir https://usta.example/d/1?a=2.") == [
        Span("Voir "),
        Span("https://usta.example/d/1?a=2", ("link",)),
        Span("."),
    ]


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("J'envoie à Mme Petit (06 •• •• 77 20) ? 1 Envoyer  2 Garder", ["Envoyer", "Garder"]),
        ("Quel Martin ? 1 Martin Paul (Bron)  2 Martin Léa (Lyon 3)  3 nouveau", None),
        ("Mme Petit'ye göndereyim mi? 1 Gönder  2 Kalsın", ["Gönder", "Kalsın"]),
        ("TVA buna bağlı: 1 iki yıldan eski (%10, VMC %5,5)  2 daha yeni (%20)", None),
        ("Lequel ?\n1 Devis Petit\n2 Devis Costa", ["Devis Petit", "Devis Costa"]),
        ("*Devis*\n1. Pose – 420,00\n2. Groupe – 45,00\nC'est bon ?", []),
        ("HT 1 305,00 · TVA 10 % 130,50", []),
        ("Il me manque 1 prix. Lequel ?", []),
        ("Quelle ligne ? 1 Carrelage", []),
        ("", []),
    ],
)
def test_numbered_answers(text: str, labels: list[str] | None) -> None:
    found = options(text)
    assert [option.number for option in found] == list(range(1, len(found) + 1))
    if labels is None:
        assert len(found) >= 2
    else:
        assert [option.label for option in found] == labels


def test_the_labels_of_three_people() -> None:
    assert options("Quel Martin ? 1 Paul (Bron)  2 Léa (Lyon 3)  3 nouveau") == [
        Option(1, "Paul (Bron)"),
        Option(2, "Léa (Lyon 3)"),
        Option(3, "nouveau"),
    ]


def test_amounts_do_not_break_over_lines() -> None:
    assert " " not in unbroken("1 534,50 €")
    assert " " not in unbroken("06 •• •• 31 09")
    assert "1\u00a0Envoyer" in unbroken("J'envoie ? 1 Envoyer  2 Garder")
