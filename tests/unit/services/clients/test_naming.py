"""Names, towns and addresses as documents write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.clients.naming import address_in_french, person_name, place_name


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("lefebvre", "Lefebvre"),
        ("bati sud", "Bati Sud"),
        ("Bâti Sud", "Bâti Sud"),
        ("boulangerie marchand", "Boulangerie Marchand"),
        ("boulangerie de la gare", "Boulangerie de la Gare"),
        ("jean de la fontaine", "Jean de La Fontaine"),
        ("le goff", "Le Goff"),
        ("de souza", "De Souza"),
        ("jean-pierre d'arc", "Jean-Pierre d'Arc"),
        ("o'brien", "O'Brien"),
        ("mcdonald", "McDonald"),
        ("McDonald", "McDonald"),
        ("LEFEBVRE", "Lefebvre"),
        ("ROUX", "Roux"),
        ("KB plomberie", "KB Plomberie"),
        ("sci les tilleuls", "SCI Les Tilleuls"),
        ("SARL DUPONT", "SARL Dupont"),
        ("şükrü öğüt", "Şükrü Öğüt"),
        ("ibrahim", "Ibrahim"),
        ("van gogh", "Van Gogh"),
        ("vincent van gogh", "Vincent van Gogh"),
        ("garage 2000", "Garage 2000"),
    ],
)
def test_person_name(said: str, written: str) -> None:
    assert person_name(said) == written
    assert person_name(written) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("vaulx en velin", "Vaulx-en-Velin"),
        ("saint priest", "Saint-Priest"),
        ("st etienne", "Saint-Étienne"),
        ("la tour du pin", "La Tour-du-Pin"),
        ("LYON", "Lyon"),
        ("lyon cedex 03", "Lyon CEDEX 03"),
        ("l'isle d'abeau", "L'Isle-d'Abeau"),
        ("villeurbanne'da", "Villeurbanne"),
        ("evry courcouronnes", "Évry-Courcouronnes"),
        ("bron", "Bron"),
    ],
)
def test_place_name(said: str, written: str) -> None:
    assert place_name(said) == written
    assert place_name(written) == written


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("14 rue des erables 69120 vaulx en velin", "14 rue des Érables, 69120 Vaulx-en-Velin"),
        ("14 RUE DES ERABLES 69120 VAULX EN VELIN", "14 rue des Érables, 69120 Vaulx-en-Velin"),
        ("8 rue pasteur villeurbanne", "8 rue Pasteur, 69100 Villeurbanne"),
        ("8 rue pasteur villeurbanne'da", "8 rue Pasteur, 69100 Villeurbanne"),
        ("8 rue pasteur, villeurbanne", "8 rue Pasteur, 69100 Villeurbanne"),
        ("villeurbanne", "69100 Villeurbanne"),
        ("chantier à bron", "69500 Bron"),
        ("12 rue de lyon", "12 rue de Lyon"),
        ("3 av jean jaures lyon 3", "3 avenue Jean Jaurès, 69003 Lyon"),
        ("5 bd de la republique 75011 paris 11", "5 boulevard de la République, 75011 Paris"),
        ("12 bis chemin de l'eglise, st genis laval", "12 bis chemin de l'Église, 69230 Saint-Genis-Laval"),
        ("22 rue du 8 mai 1945 bron", "22 rue du 8 mai 1945, 69500 Bron"),
        ("rue st michel 69007 lyon", "rue Saint-Michel, 69007 Lyon"),
        ("7 impasse des chenes, le petit bourg", "7 impasse des Chênes, Le Petit-Bourg"),
        ("10 r victor hugo 69100 villeurbanne", "10 rue Victor Hugo, 69100 Villeurbanne"),
        ("zac des portes 38070 saint quentin fallavier", "ZAC des Portes, 38070 Saint-Quentin-Fallavier"),
        ("1 place du general de gaulle 13001 marseille", "1 place du Général de Gaulle, 13001 Marseille"),
        ("4 allée des tilleuls meyzieu", "4 allée des Tilleuls, 69330 Meyzieu"),
        ("6 rue pasteur lyon", "6 rue Pasteur, Lyon"),
    ],
)
def test_address(said: str, written: str) -> None:
    assert address_in_french(said) == written
    assert address_in_french(written) == written


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_no_text_breaks_the_writing_of_names(text: str) -> None:
    for write in (person_name, place_name, address_in_french):
        assert isinstance(write(text), str)
