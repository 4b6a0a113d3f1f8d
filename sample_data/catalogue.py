"""What the shop sells: products, list prices and costs (euro cents), price revisions, sales and promotions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from days import day_of

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True, slots=True)
class Product:
    """One product; the list price of 2023 and what one unit costs the shop, in cents."""

    name: str
    category: str
    price: int
    cost: int


def _shelf(category: str, *items: tuple[str, int, int]) -> dict[str, tuple[Product, ...]]:
    return {category: tuple(Product(name, category, price, cost) for name, price, cost in items)}


SHELVES: dict[str, tuple[Product, ...]] = {
    **_shelf(
        "tea",
        ("Assam 100 g", 690, 310),
        ("Darjeeling 100 g", 990, 470),
        ("Earl Grey 100 g", 720, 320),
        ("Sencha 100 g", 890, 420),
        ("Jasmine pearls 50 g", 1150, 560),
        ("Rooibos 100 g", 540, 230),
        ("Peppermint 50 g", 450, 180),
        ("Ginger and lemon 80 g", 520, 220),
    ),
    **_shelf(
        "stationery",
        ("Notebook A5 dotted", 940, 410),
        ("Notebook A6 plain", 590, 250),
        ("Fountain pen", 2490, 1180),
        ("Ink 30 ml", 790, 340),
        ("Pencils, box of 6", 640, 270),
        ("Envelopes, 25", 480, 200),
        ("Letter paper, 50 sheets", 860, 370),
        ("Desk calendar", 1190, 520),
        ("Washi tape", 350, 130),
    ),
    **_shelf(
        "kitchen",
        ("Tea strainer", 690, 290),
        ("Stoneware mug", 1290, 570),
        ("Glass teapot 0.8 l", 2690, 1290),
        ("Linen tea towel", 1090, 480),
        ("Storage tin", 850, 360),
        ("Honey spoon", 420, 160),
        ("Cast-iron pot 1 l", 4900, 2550),
    ),
    **_shelf(
        "home",
        ("Beeswax candle", 790, 330),
        ("Wool cushion", 2990, 1480),
        ("Reed basket", 2290, 1080),
        ("Linen napkins, 4", 1890, 870),
        ("Room spray", 1290, 540),
        ("Small vase", 1590, 700),
        ("Door wreath", 2390, 1090),
    ),
    **_shelf(
        "gifts",
        ("Greeting card", 320, 110),
        ("Gift wrap, 3 sheets", 560, 210),
        ("Tea sampler", 1490, 690),
        ("Writing set", 2190, 1010),
        ("Gift box, small", 2490, 1220),
        ("Gift box, large", 4490, 2290),
        ("Ribbon 5 m", 390, 140),
    ),
}
"""Gross margins at list price lie between 48 and 66 per cent."""

PRICE_LEVELS = ((2024, 104, 105), (2025, 107, 109))
"""On 1 January of a year the list price and the cost become this per cent of 2023's: cost rises a little faster."""

SEASONAL_TASTE: dict[str, tuple[float, ...]] = {
    "tea": (1.3, 1.2, 1.1, 0.9, 0.8, 0.7, 0.6, 0.7, 1.0, 1.2, 1.2, 1.0),
    "stationery": (1.2, 1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 1.3, 1.4, 1.0, 0.9, 0.8),
    "kitchen": (0.9, 0.9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.1),
    "home": (0.8, 0.9, 1.1, 1.3, 1.3, 1.2, 1.1, 1.0, 1.0, 1.0, 1.0, 1.0),
    "gifts": (0.5, 0.8, 0.8, 0.9, 1.1, 0.8, 0.7, 0.7, 0.7, 0.9, 1.6, 2.6),
}
"""How wanted a category is in each month (January first), relative to its average."""


def _level(day: date) -> tuple[int, int]:
    reached = [(price, cost) for year, price, cost in PRICE_LEVELS if day.year >= year]
    return reached[-1] if reached else (100, 100)


def list_price(product: Product, index: int) -> int:
    """Return the list price of a day in cents, in steps of ten cents."""
    level = _level(day_of(index))[0]
    return (product.price * level + 500) // 1000 * 10


def unit_cost(product: Product, index: int) -> int:
    """Return what one unit costs the shop on a day, in cents."""
    return (product.cost * _level(day_of(index))[1] + 50) // 100


@dataclass(frozen=True, slots=True)
class Promotion:
    """A code that takes a percentage off every line between two days of the year (month, day)."""

    code: str
    begins: tuple[int, int]
    ends: tuple[int, int]
    percent: int


SEASONAL = (
    Promotion("SPRING10", (3, 15), (4, 10), 10),
    Promotion("SUMMER15", (7, 1), (7, 31), 15),
    Promotion("BLACK20", (11, 20), (11, 30), 20),
    Promotion("XMAS10", (12, 1), (12, 15), 10),
)
NEWSLETTER = Promotion("NEWS10", (1, 1), (12, 31), 10)
"""A code in every newsletter, good all year; only some people bother to type it in."""

WELCOME, FRIEND = "WELCOME5", "FRIEND5"
"""Five euros off a first order: for newcomers on the web, and for people a customer has referred."""
WELCOME_CENTS = 500
WELCOME_FROM = 2000
"""The smallest order, in cents at list price, that a five-euro code is good for."""


def seasonal_promotion(index: int) -> Promotion | None:
    """Return the seasonal promotion that runs on a day."""
    day = day_of(index)
    running = (p for p in SEASONAL if p.begins <= (day.month, day.day) <= p.ends)
    return next(running, None)
