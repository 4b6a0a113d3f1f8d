"""Invented names from many languages: they exercise accents, scripts, apostrophes and commas, and hold no formulas."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dice import Dice

LATIN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "english": (
        ("Alice", "Ben", "Chloe", "Daniel", "Emma", "George", "Hannah", "Jack", "Lucy", "Oliver", "Ruth", "Tom"),
        ("Baker", "Carter", "Evans", "Hughes", "Palmer", "Reed", "Shaw", "Turner", "Walsh", "Wood", "Young", "King"),
    ),
    "irish": (
        ("Aoife", "Ciarán", "Niamh", "Seán", "Siobhán", "Orla"),
        ("O'Brien", "O'Connor", "Murphy", "Byrne", "Ó Sé"),
    ),
    "french": (
        ("Zoë", "Amélie", "François", "Hélène", "Luc", "Noémie", "Rémi", "Inès"),
        ("Lefèvre", "Garnier", "Dubois", "Moreau", "D'Aubigné", "Chêne"),
    ),
    "german": (
        ("Anke", "Björn", "Jürgen", "Käthe", "Lena", "Uwe", "Jörg", "Sabine"),
        ("Müller", "Groß", "Schäfer", "Vogt", "Krüger", "von Thal", "Weiß"),
    ),
    "polish": (
        ("Łukasz", "Małgorzata", "Paweł", "Agnieszka", "Wojciech", "Zofia"),
        ("Wójcik", "Kowalczyk", "Dąbrowska", "Żak", "Szymański"),
    ),
    "iberian": (
        ("João", "Íñigo", "María José", "Nuria", "Sofía", "Raúl"),
        ("Núñez", "Gonçalves", "de la Peña", "Ibáñez", "Araújo"),
    ),
    "nordic": (("Åsa", "Søren", "Þóra", "Jyrki", "Ingrid"), ("Ångström", "Sørensen", "Virtanen", "Lindqvist")),
    "turkish": (("Ayşe", "Çağlar", "Gülşen", "İpek"), ("Yıldız", "Şahin", "Öztürk")),
}
FAMILY_FIRST: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "chinese": (("李", "王", "张", "陈", "欧阳"), ("雷", "芳", "伟", "秀英", "静", "子涵")),
    "japanese": (("佐藤 ", "高橋 ", "小林 "), ("さくら", "健太", "美咲")),
    "korean": (("김", "박"), ("민준", "서연")),
}
CULTURES = {
    "english": 40.0,
    "irish": 9.0,
    "french": 9.0,
    "german": 12.0,
    "polish": 8.0,
    "iberian": 7.0,
    "nordic": 5.0,
    "turkish": 4.0,
    "chinese": 4.0,
    "japanese": 1.5,
    "korean": 0.5,
}
"""Shares of the town's languages, in per cent."""

PLACES = ("Harbour", "Mill Lane", "Castle Hill", "Old Bridge", "Lime Street", "St. Ann's", "Northgate", "Quayside")
TRADES: dict[str, tuple[str, ...]] = {
    "cafe": ("Café {first}", "{place} Tea Room", "{last}'s Coffee House"),
    "hotel": ("Hotel {place}", "The {last} Guest House"),
    "office": ("{last}, {other} & Co", "{last} & {other} LLP", "{last} Insurance"),
    "school": ("{place} School", "{last} Academy"),
    "studio": ("Studio {last}", "{first} {last} Design"),
    "gift_shop": ("{place} Gifts", "{first}'s Corner"),
    "bookshop": ("{last} Books", "{place} Books & Paper"),
}
FIRST_FIRM = "Smith, Jones & Co"
"""A name that every CSV reader must keep whole."""


def person_name(dice: Dice) -> str:
    """Return a full name as its owner would write it."""
    culture = dice.weighted(CULTURES)
    if culture in FAMILY_FIRST:
        family, given = FAMILY_FIRST[culture]
        return dice.pick(family) + dice.pick(given)
    given, family = LATIN[culture]
    return f"{dice.pick(given)} {dice.pick(family)}"


def firm_name(dice: Dice, industry: str) -> str:
    """Return a firm's name in the manner of its trade."""
    given, family = LATIN[dice.pick(tuple(LATIN))]
    return dice.pick(TRADES[industry]).format(
        first=dice.pick(given), last=dice.pick(family), other=dice.pick(family), place=dice.pick(PLACES)
    )
