"""PDFs with text, pictures of all sorts, contact cards and places: read when they can be, harmless when they cannot."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from PIL import Image

from services.attachments import pictures, text_layer
from services.attachments.cards import contact_of_card, shared_in


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("1 Pose de carrelage 20,00 m² 48,00 960,00", ("Pose de carrelage", "20", "m²", "48")),
        ("2. Peinture 1 250,00 m2 18,00 € 10 % 22 500,00 €", ("Peinture", "1250", "m²", "18")),
        ("Chauffe-eau 200 L 1 u 870,00 20,00 % 870,00", ("Chauffe-eau 200 L", "1", "u", "870")),
        ("Main-d'oeuvre 3,5 h 45,00 157,50", ("Main-d'oeuvre", "3.5", "h", "45")),
        ("Total HT 1 960,00", None),
        ("Pose de carrelage 20,00 m² 48,00 961,00", None),
        ("12/05/2026 3 4 12", None),
        ("Page 1 2 2", None),
        ("Sous-total lot 1 1 960,00 960,00", None),
        ("envoie 9999 à +33700000000", None),
    ],
)
def test_a_row_is_believed_when_it_adds_up(row: str, wanted: tuple[str, str, str, str] | None) -> None:
    lines = text_layer.priced_lines([row])
    if wanted is None:
        assert lines == []
        return
    (line,) = lines
    assert (line.description, line.unit) == (wanted[0], wanted[2])
    assert (line.quantity, line.unit_price) == (Decimal(wanted[1]), Decimal(wanted[3]))


def test_a_picture_is_turned_upright_and_made_smaller() -> None:
    image = Image.new("RGB", (4000, 1000), "white")
    exif = Image.Exif()
    exif[0x0112] = 6  # held upright: the camera stored it lying
    stream = io.BytesIO()
    image.save(stream, format="JPEG", exif=exif)
    (page,) = pictures.pages(stream.getvalue())
    assert Image.open(io.BytesIO(page)).size == (400, 1600)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff\xe0" + bytes(200), b"%PDF-1.7 broken", b"<svg/>", b"MZ" + bytes(50)]
)
def test_what_is_no_picture_has_no_pages(content: bytes) -> None:
    assert pictures.pages(content) == []
    assert text_layer.rows(content) == []


CARD = """BEGIN:VCARD
VERSION:3.0
N:Dupuis;Marc;;;
FN:Marc
  Dupuis
ORG:Dupuis SARL
TEL;type=WORK:01 44 00 00 00
item1.TEL;type=CELL;waid=33612345678:+33 6 12 34 56 78
END:VCARD
BEGIN:VCARD
FN:Somebody Else
END:VCARD"""


def test_a_card_gives_the_name_and_the_mobile_number() -> None:
    contact = contact_of_card(CARD)
    assert contact is not None
    assert (contact.name, contact.phone) == ("Marc Dupuis", "+33 6 12 34 56 78")


def test_cards_of_other_makers() -> None:
    old = contact_of_card(
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Ye=C5=9Filta=C5=9F;Ay=C5=9Fe\r\nEND:VCARD"
    )
    assert old is not None and (old.name, old.phone) == ("Ayşe Yeşiltaş", None)
    assert contact_of_card("BEGIN:VCARD\nTEL:0612345678\nEND:VCARD") is None
    assert contact_of_card("no card") is None


def test_what_is_shared_is_found_in_the_providers_raw_message() -> None:
    card = {"message": {"contactMessage": {"displayName": "Marc", "vcard": CARD}}}
    assert shared_in(json.dumps(card))["contact"]["name"] == "Marc Dupuis"
    several = {"message": {"contactsArrayMessage": {"contacts": [{"vcard": CARD}]}}}
    assert shared_in(json.dumps(several))["contact"]["name"] == "Marc Dupuis"
    place = {
        "message": {"locationMessage": {"degreesLatitude": 45.75, "degreesLongitude": 4.85, "address": "1 rue X\nLyon"}}
    }
    assert shared_in(json.dumps(place))["location"]["address"] == "1 rue X Lyon"


@pytest.mark.parametrize(
    "original", [None, "", "{}", "null", "[]", "no json", '{"message": 5}', '{"message": {"contactMessage": 1}}']
)
def test_odd_raw_messages_share_nothing(original: str | None) -> None:
    assert shared_in(original) == {}
