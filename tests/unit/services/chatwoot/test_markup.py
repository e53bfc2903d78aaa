"""WhatsApp's markup through CommonMark and Chatwoot's renderer, back on a phone: what was written is what is read."""

from __future__ import annotations

import random

import pytest

from services.chatwoot.markup import from_commonmark, to_commonmark
from services.chatwoot.simulator.whatsapp import rendered

ALPHABET = "ab é1 2.)-+*_~`<>[]()#&|\\!=:\n\nÖş€"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("*Devis – M. Benali*", "**Devis – M. Benali**"),
        ("Tape *ok* ou _non_.", "Tape **ok** ou _non_."),
        ("5*3*2 m et mur_porteur_nord", r"5\*3\*2 m et mur\_porteur\_nord"),
        ("1. Ouverture\n2) Dépose\n- reste", "1\\. Ouverture\n2\\) Dépose\n\\- reste"),
        ("<b>SARL #1 & fils</b>", r"\<b\>SARL \#1 \& fils\</b\>"),
        ("Un\n\ndeux", "Un\n\u00a0\ndeux"),
        ("[lien](http://x)", r"\[lien\](http://x)"),
    ],
)
def test_only_bold_and_italics_are_said_in_commonmark(written: str, sent: str) -> None:
    assert to_commonmark(written) == sent


@pytest.mark.parametrize(
    "written",
    [
        "*Devis – M. Benali* (nouveau client)\n1. Ouverture 3,2 ml × 145,00 = 464,00\n\nHT 3 214,00\n*3 535,40 € TTC*",
        "− Évacuation (280,00)\n+ Étaiement\n---\n===\n> cité\n# titre\n``` code",
        "*−100,00* *Toplam 1 121,00 €*\n1 Gönder  2 Kalsın",
        "SARL <Petit> & Fils_2 [a](b) ~x~ \\ ! &amp; https://x.fr/a_b",
    ],
)
def test_a_phone_reads_what_was_written(written: str) -> None:
    shown = rendered(to_commonmark(written)).replace("\u00a0", "")
    assert shown == written
    assert from_commonmark(to_commonmark(written)) == written


def test_no_words_are_lost_whatever_stands_in_them() -> None:
    chance = random.Random(7)
    for _ in range(2000):
        written = "x" + "".join(chance.choice(ALPHABET) for _ in range(30)) + "x"
        shown = rendered(to_commonmark(written)).replace("\u00a0", "")
        assert "".join(shown.split()) == "".join(written.split()), written
