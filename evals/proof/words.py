"""What the drawn documents say: names of here and there, works of the trades, and texts that break naive programs."""

from __future__ import annotations

FIRST_NAMES = (
    "Şükrü", "Gülşah", "Ömer", "İbrahim", "Çağrı", "Zeynep", "Iğdır", "Karim", "Anaïs", "Loïc", "Zoé", "Jean-Noël",
    "Maëlys", "Hélène", "André", "Nuño", "Łukasz", "Søren", "Živa", "Raphaël",
)  # fmt: skip
LAST_NAMES = (
    "Öğüt", "Işık", "Yıldız", "Çelik", "Güneş", "Kılıç", "Petit", "Lefèvre", "D'Hérouville", "de La Roche-Aymon",
    "Nguyễn", "Benali", "Müller", "O’Connor", "Garcia y Vega", "Œillet", "Le Goff", "Şahin", "Dupont-Durand", "Ğ",
)  # fmt: skip
COMPANIES = (
    "BÂTI SUD", "Şahin Yapı", "Rénov'Habitat & Fils", "Plomberie Öğüt", "ETS Çelik", "Électricité 2000", "L'Art du Toit",
    "Kılıç Carrelage", "SCI Les Glycines", "Boulangerie « Au Bon Pain »", "Garage de l'Étoile", "Hôtel du Château",
)  # fmt: skip
PUBLIC_BODIES = (
    "Mairie de Bron",
    "Collège Paul-Éluard",
    "Communauté de communes de l'Ouest",
    "Hôpital Édouard-Herriot",
)
STREETS = (
    "12 rue de la République", "3 bis impasse du Lavoir", "27 chemin des Vignes", "Lieu-dit « Les Ânes »", "1 pl. d'Armes",
    "145 avenue du Général-de-Gaulle, bâtiment C, 4e étage, appartement 42", "8 quai Ştefan-cel-Mare", "ZA de l'Œuf",
)  # fmt: skip
TOWNS = (
    ("69100", "Villeurbanne"), ("75011", "Paris"), ("13002", "Marseille"), ("67000", "Strasbourg"), ("59000", "Lille"),
    ("01700", "Miribel"), ("31000", "Toulouse"), ("29200", "Brest"), ("06300", "Nice"), ("61120", "Vimoutiers"),
)  # fmt: skip
CORSICA = (("20000", "Ajaccio"), ("20200", "Bastia"))
OVERSEAS = (("97110", "Pointe-à-Pitre"), ("97200", "Fort-de-France"), ("97400", "Saint-Denis"))
UNTAXED = (("97300", "Cayenne"), ("97600", "Mamoudzou"))
WORKS = (
    ("Peinture des murs et plafonds, deux couches", "m²", 12, 45),
    ("Fourniture et pose de carrelage 60 × 60 cm", "m²", 45, 110),
    ("Plinthes en chêne", "ml", 9, 32),
    ("Coulage d'une dalle en béton armé\nÉpaisseur 12 cm, treillis soudé", "m³", 180, 420),
    ("Remplacement du tableau électrique\nDifférentiels 30 mA type A\nRepérage des circuits", "u", 900, 2400),
    ("Prise de courant 16 A encastrée", "u", 45, 120),
    ("Main-d'œuvre", "h", 38, 72),
    ("Dépose et évacuation des gravats", "forfait", 150, 1900),
    ("Ragréage autolissant", "m²", 14, 34),
    ("Sable 0/4 lavé", "t", 38, 75),
    ("Colle à carrelage C2, sac de 25 kg", "sac", 18, 39),
    ("Ensemble de robinetterie mitigeur", "ens", 140, 690),
    ("Enduit de façade monocouche gratté", "m²", 32, 68),
    ("Échafaudage", "j", 80, 240),
    ("Isolation des combles perdus, R = 7 m².K/W", "m²", 22, 58),
    ("Pompe à chaleur air/eau 8 kW", "u", 7800, 14900),
    ("Traitement de la charpente", "l", 18, 55),
    ("Vis inox A2 5 × 60", "kg", 11, 24),
    ("Déplacement", "forfait", 25, 90),
)
SUPPLIES = (
    ("Fourniture d'un radiateur sèche-serviettes (sans pose)", "u", 180, 690),
    ("Fourniture de carrelage grès cérame (sans pose)", "m²", 18, 79),
)
SECTIONS = (
    "Lot 1 – Démolition",
    "Salle de bain",
    "Cuisine",
    "Étage",
    "Lot 4 – Électricité",
    "Extérieur « côté jardin »",
)
NOTES = (
    "Évacuation des gravats à la charge du client.",
    "Accès au chantier par la cour ; stationnement à prévoir.",
    "Prix fermes et non révisables.",
    "Client prévenu : délai de séchage de 28 jours.",
)
NASTY = (
    "Pose\x00 \x1b[31mdouche\u200b 🚿🛁 à l'italienne \u202eesrevni\u202c",
    "a\u0301tre\u0301 décompose\u0301 \ufeffﬁnition ½ ² ≥ → ✓ ★",
    "<b>&amp; \"'</b> ]]> <!-- commentaire --> {{ 7 * 7 }} {% raw %}",
    "漢字 かな 한국어",
    "🚿🚿🚿",
    "\ud800seul\nsuite\ttab\r\nfin",
    "Très long " + "motsanscoupure" * 12,
    "Ligne 1\n\n\nLigne 2\n   \nLigne 3",
    "Prix : 1 250,50 € – total 999,99 % ; DROP TABLE factures; --",
    "%PDF-1.4 (parenthèses) \\ antislash /Nom <0041>",
    "محمد بن علي – عمارة",
    "İĞDIR ıIiİ şŞ ₺ € £ ¥ œŒ æÆ ÿŸ ñ ß",
)
INSURERS = (
    ("MAAF Pro", "Chaban, 79180 Chauray", "DEC-2026-118820", "France métropolitaine"),
    ("SMABTP", "8 rue Louis-Armand, 75015 Paris", "1240.007 / 00012-A", "France entière"),
    ("Assurances « L'Équité »", "75 rue Saint-Lazare, 75009 Paris", "N° 77 881", "Union européenne"),
)
