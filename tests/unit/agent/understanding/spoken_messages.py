"""Messages composed from parts with their gold lines: works × quantities × units × price forms × number words × noise.

Everything is drawn from one ``random.Random``, so that a seed names a message. The noise holds the numbers that are never
amounts: street numbers, postal codes, phones, SIRETs, dates, years, dimensions.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.unit.agent.understanding.number_words import french, turkish


@dataclass
class Gold:
    """One line as meant: the words that name it, quantity and unit (None for a lump sum), price."""

    words: str
    quantity: Decimal | None
    unit: str | None
    price: Decimal


@dataclass
class Message:
    language: str
    kind: str
    text: str = ""
    lines: list[Gold] = field(default_factory=list)
    noise: set[str] = field(default_factory=set)


# Works by the way they are counted: surfaces and lengths, things, lump sums, time.
_MEASURED = {
    "fr": [
        ("pose de carrelage", "m²"), ("faïence", "m²"), ("plinthes", "ml"), ("peinture plafond", "m²"),
        ("placo BA13", "m²"), ("isolation des combles", "m²"), ("gouttière zinc", "ml"), ("ragréage", "m²"),
        ("parquet contrecollé 14 mm", "m²"), ("carrelage 60x60", "m²"), ("dalle béton", "m³"), ("terrassement", "m³"),
        ("couverture tuiles", "m²"), ("mur en parpaing", "m²"), ("enduit façade", "m²"), ("clôture grillage", "ml"),
        ("tube cuivre 16/18", "ml"), ("bardage bois", "m²"), ("chape", "m²"), ("toile de verre", "m²"),
    ],
    "tr": [
        ("karo döşeme", "m²"), ("fayans", "m²"), ("süpürgelik", "ml"), ("tavan boyası", "m²"), ("alçıpan", "m²"),
        ("çatı izolasyonu", "m²"), ("oluk", "ml"), ("beton dökümü", "m³"), ("sıva", "m²"), ("parke döşeme", "m²"),
        ("duvar örme", "m²"), ("kiremit", "m²"), ("hafriyat", "m³"), ("boru değişimi", "ml"), ("şap", "m²"),
    ],
}  # fmt: skip
_THINGS = {
    "fr": ["portes", "prises", "radiateurs", "fenêtres", "spots", "interrupteurs", "volets", "poteaux", "velux"],
    "tr": ["kapı", "priz", "radyatör", "pencere", "spot", "lavabo", "panjur", "kolon", "musluk"],
}
_LUMPS = {
    "fr": [
        "dépose baignoire", "pose wc", "évacuation des gravats", "remplacement du tableau électrique",
        "recherche de fuite", "pose lavabo", "chauffe-eau 200 litres", "nettoyage du chantier", "échafaudage",
        "pose d'un receveur 90x120", "réparation solin", "pose clim 3,5 kW",
    ],
    "tr": [
        "küvet sökümü", "klozet montajı", "moloz taşıma", "pano değişimi", "kaçak tamiri", "lavabo montajı",
        "şofben 200 litre", "iskele", "solin tamiri", "duşakabin 90x90", "kombi bakımı",
    ],
}  # fmt: skip
_TIME = {"fr": [("main d'oeuvre", "h"), ("main d'oeuvre", "j")], "tr": [("işçilik", "h"), ("işçilik", "j")]}
_UNIT_WORDS = {
    ("fr", "m²"): ["m2", "m²", " m2", " m²", " mètres carrés"], ("fr", "ml"): [" ml", "ml", " m", " mètres"],
    ("fr", "m³"): [" m3", "m3", " mètres cubes"], ("fr", "h"): ["h", " heures"], ("fr", "j"): [" jours"],
    ("tr", "m²"): ["m2", " m2", " metrekare", " m²"], ("tr", "ml"): [" metre", " mt", "ml"],
    ("tr", "m³"): [" m3", " metreküp"], ("tr", "h"): [" saat"], ("tr", "j"): [" gün"],
}  # fmt: skip
_PER = {"m²": "m²", "ml": "mètre", "m³": "m3", "h": "heure", "j": "jour"}
_POSSESSED = {"m²": "metrekaresi", "ml": "metresi", "m³": "metreküpü", "h": "saati", "j": "günü"}
_OPENING = {
    "fr": ["", "slt ", "bonjour, ", "devis pour Mme Lefort, ", "devis M. Garnier : ", "fais moi 1 devis pour mme Roy, ",
           "euh alors ", "bon alors devis pour monsieur Duval "],
    "tr": ["", "slm ", "abi ", "Garnier'ye devis yap, ", "madam Roy için devis: ", "mösyö Duval'a bi devis hazırla ",
           "selam usta "],
}  # fmt: skip
_JOINTS = {
    ("fr", "typed"): [", ", "\n", " + ", " et ", " puis ", "; ", ". "],
    ("fr", "voice"): [" et ", " puis ", " ensuite ", ", ", " et puis ", " après "],
    ("tr", "typed"): [", ", "\n", " + ", " ve ", " sonra ", " bi de ", " bir de "],
    ("tr", "voice"): [" ve ", " sonra ", " bir de ", " bi de ", ", ", " ayrıca "],
}
_NOISE = {
    "fr": [
        ("12 rue des Lilas 69003 Lyon", "12 69003"), ("adresse 8 bis avenue Foch 38000 Grenoble", "8 38000"),
        ("tel 06 12 34 56 78", "612345678 6 12 34 56 78"), ("siret 732 829 320 00074", "732 829 320 74"),
        ("maison de 1985", "1985"), ("travaux faits le 12 mars 2025", "12 2025"), ("valable 30 jours", "30"),
        ("chantier au 45 boulevard Voltaire", "45"), ("début le 14/12/2026", "14"), ("04.78.00.11.22", "78"),
    ],
    "tr": [
        ("adres 12 rue des Lilas 69003 Lyon", "12 69003"), ("8 rue Pasteur 69100 Villeurbanne", "8 69100"),
        ("tel 06 12 34 56 78", "6 12 34 56 78"), ("ev 1985 yapımı", "1985"), ("siret 732 829 320 00074", "732 829 320 74"),
        ("30 gün geçerli", "30"), ("12 mart 2025'te bitti", "12 2025"), ("ev otuz senelik", "30"),
    ],
}  # fmt: skip
_ABLATIVE = {0: "dan", 1: "den", 2: "den", 3: "ten", 4: "ten", 5: "ten", 6: "dan", 7: "den", 8: "den", 9: "dan"}


def compose(seed: int) -> Message:
    """The message of this seed."""
    rng = random.Random(seed)
    language, kind = rng.choice(["fr", "tr"]), rng.choice(["typed", "typed", "voice"])
    message = Message(language, kind)
    text, joint = rng.choice(_OPENING[language]), ""
    for number in range(rng.randint(1, 4)):
        said, gold = _line(rng, message)
        text += joint + said
        message.lines.append(gold)
        joint = rng.choice(_JOINTS[language, kind])
        del number
    if kind == "typed" and rng.random() < 0.5:
        noise, numbers = rng.choice(_NOISE[language])
        if rng.random() < 0.3 and not text.startswith(("devis", "fais", "Garnier", "madam", "mösyö", "bon")):
            text = noise + rng.choice(["\n", ". "]) + text
        else:
            text += rng.choice([", ", "\n", ". "]) + noise
        message.noise.update(numbers.split())
    message.text = text
    return message


def _line(rng: random.Random, message: Message) -> tuple[str, Gold]:
    language, voice = message.language, message.kind == "voice"
    shape = rng.choice(["measured", "measured", "things", "lump", "time"])
    if shape == "lump":
        words = rng.choice(_LUMPS[language])
        price = Decimal(rng.choice([rng.randint(6, 99) * 10, rng.randint(10, 40) * 100, rng.randint(101, 1999)]))
        return _lump(rng, language, words, price, voice), Gold(words, None, None, price)
    if shape == "things":
        words, unit = rng.choice(_THINGS[language]), "u"
        quantity, price = (
            Decimal(rng.randint(2, 24)),
            Decimal(rng.choice([rng.randint(25, 99), rng.randint(10, 95) * 10])),
        )
    elif shape == "time":
        words, unit = rng.choice(_TIME[language])
        quantity, price = (
            Decimal(rng.randint(2, 12)),
            Decimal(rng.randint(46, 75) if unit == "h" else rng.randint(18, 45) * 10),
        )
    else:
        words, unit = rng.choice(_MEASURED[language])
        quantity = Decimal(rng.randint(3, 180))
        if not voice and rng.random() < 0.2:
            quantity += Decimal("0.5")
        price = Decimal(rng.choice([rng.randint(5, 130), rng.randint(7, 25)]))
        if not voice and rng.random() < 0.15:
            price += Decimal("0.5")
    said = (_french if language == "fr" else _turkish)(rng, words, quantity, unit, price, voice)
    if shape == "measured" and rng.random() < 0.12:
        said = _corrected(rng, language, said, quantity, unit, voice)
    return said, Gold(words, quantity, unit, price)


def _corrected(rng: random.Random, language: str, said: str, quantity: Decimal, unit: str, voice: bool) -> str:
    """The quantity said wrong first, then right: "12 non 14 m²"."""
    wrong = _number(language, quantity + rng.randint(1, 3), voice)
    right = _number(language, quantity, voice)
    word = rng.choice(["non", "euh non", "pardon"] if language == "fr" else ["yok", "pardon", "hayır"])
    head, found, tail = said.partition(right)
    if not found or head[-1:].isdigit() or tail[:1].isdigit() or not unit:
        return said
    return f"{head}{wrong} {word} {right}{tail}"


def _number(language: str, value: Decimal, voice: bool) -> str:
    if voice:
        return french(int(value)) if language == "fr" else turkish(int(value))
    return f"{value:f}".replace(".", ",")


def _lump(rng: random.Random, language: str, words: str, price: Decimal, voice: bool) -> str:
    p = _number(language, price, voice)
    if language == "fr":
        return rng.choice(
            [f"{words} {p}", f"{words} {p} euros", f"{words} à {p}", f"{words} forfait {p}", f"{words} {p} ht"]
        )
    return rng.choice([f"{words} {p}", f"{words} {p} euro", f"{words} götürü {p}", f"{words} {p} euro kdv hariç"])


def _french(rng: random.Random, words: str, quantity: Decimal, unit: str, price: Decimal, voice: bool) -> str:
    q, p = _number("fr", quantity, voice), _number("fr", price, voice)
    if unit == "u":
        return rng.choice(
            [
                f"{q} {words} à {p}",
                f"{q} {words} à {p} euros pièce",
                f"{q} {words} {p} l'unité",
                f"{q} {words} {p} chacun",
            ]
            + ([] if voice else [f"{words} {q} x {p}", f"{q} {words} {p}€"])
        )
    u = rng.choice([w for w in _UNIT_WORDS["fr", unit] if not voice or len(w) > 4])
    article = "l'" if unit == "h" else "du "
    forms = [f"{words} {q}{u} à {p}", f"{words} {q}{u} à {p} euros", f"{q}{u} de {words} à {p}",
             f"{words} {q}{u} à {p} {article}{_PER[unit]}"]  # fmt: skip
    if not voice:
        forms += [f"{words} {q}{u} {p}", f"{words} {q}{u} x {p}€", f"{words} {q}{u} {p}€/{unit}", f"{q}{u} {words} {p}"]
    return rng.choice(forms)


def _turkish(rng: random.Random, words: str, quantity: Decimal, unit: str, price: Decimal, voice: bool) -> str:
    q, p = _number("tr", quantity, voice), _number("tr", price, voice)
    ending = _ABLATIVE[int(price) % 10] if int(price) % 10 else {1: "dan", 2: "den", 3: "dan", 4: "tan", 5: "den",
             6: "tan", 7: "ten", 8: "den", 9: "dan"}.get(int(price) // 10 % 10, "den")  # fmt: skip
    if unit == "u":
        forms = [
            f"{q} {words} {p}{ending}",
            f"{q} {words} tanesi {p}",
            f"{q} tane {words} {p} euro",
            f"{words} {q} adet {p}{ending}",
        ]
        return rng.choice(forms)
    u = rng.choice([w for w in _UNIT_WORDS["tr", unit] if not voice or len(w) > 3])
    forms = [f"{words} {q}{u} {p}{ending}", f"{q}{u} {words} {p}{ending}", f"{words} {q}{u} {p} euro",
             f"{words} {q}{u} {_POSSESSED[unit]} {p}"]  # fmt: skip
    if not voice:
        forms += [f"{words} {q}{u} {p}", f"{q}{u} {words} {p}'{ending}"]
    return rng.choice(forms)
