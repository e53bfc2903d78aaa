"""UX-28: the client meant by a name as typed, heard or declined in Turkish."""

from dataclasses import dataclass

import pytest

from services.clients.matching import letters, match, name_key


@dataclass
class Known:
    name: str
    city: str | None = None


CLIENTS = [Known("Lefèvre", "Villeurbanne"), Known("Bernard"), Known("Bâti Sud"), Known("Fugère"), Known("Garnier")]


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("lefevre", "Lefèvre"),
        ("löfevr", "Lefèvre"),
        ("LEFEVRE", "Lefèvre"),
        ("bernar", "Bernard"),
        ("bati sud", "Bâti Sud"),
        ("füjer", "Fugère"),
        ("Mme Garnier", "Garnier"),
    ],
)
def test_one_client_is_surely_meant(said, name):
    found, _ = match(said, CLIENTS)
    assert found is not None and found.name == name


@pytest.mark.parametrize("said", ["Petit", "Moreau", "Dupont", "Gérard"])
def test_a_new_name_matches_nobody(said):
    assert match(said, CLIENTS)[0] is None


def test_namesakes_are_listed_and_the_town_decides():
    martins = [Known("Martin Paul", "Bron"), Known("Martin Léa", "Lyon")]
    assert match("martin", martins) == (None, martins)
    assert match("martin", martins, "lyon")[0] is martins[1]
    assert match("Martin Paul", martins)[0] is martins[0]


def test_keys_are_folded_without_titles_and_forms():
    assert name_key("SARL Boulangerie Marchand") == "boulangerie marchand"
    assert letters("Şükrü Öğüt İLHAN ısı") == "sukru ogut ilhan isi"
