"""A shop of 150 customers that live: regulars, newcomers, leavers, bargain hunters; always the same file."""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = dt.date(2023, 1, 2)
LAST = 540
"""Days after FIRST; the last of them is 25 June 2024."""
CATEGORIES = ("tea", "coffee", "cups", "sweets", "books")
CUSTOMERS = 150


def life_shop() -> str:
    """The transactions as CSV."""
    lines = ["customer_id,date,order_id,amount,category,discount,promotion"]
    lines += [line for number in range(CUSTOMERS) for line in _lines(number)]
    return "\n".join(lines) + "\n"


def life_survey() -> str:
    """Attributes of a third of them as CSV: how attached they are, and whether they have no alternative."""
    rows = (
        f"L{number:03d},{1 + number * 7 % 5},{'yes' if number % 30 == 0 else 'no'}" for number in range(0, CUSTOMERS, 3)
    )
    return "\n".join(["customer_id,attachment,no_alternative", *rows]) + "\n"


def _lines(number: int) -> Iterator[str]:
    dice = Random(number)  # noqa: S311 — the same file every time
    pace = 20 + number % 5 * 18
    day = dice.randrange(LAST)
    end = LAST if number % 3 else dice.randrange(day, LAST)
    bargain, promoted = number % 4 == 1, number % 5 == 2
    order = 0
    while day <= end:
        order += 1
        date = FIRST + dt.timedelta(days=day)
        for _ in range(1 + dice.randrange(2)):
            category = CATEGORIES[dice.randrange(1 + number % len(CATEGORIES))]
            amount = (500 + dice.randrange(3000) + number * 20) / 100
            discount = "1.50" if dice.random() < (0.7 if bargain else 0.1) else "0"
            promotion = "spring" if dice.random() < (0.6 if promoted else 0.05) else ""
            yield f"L{number:03d},{date},{number}-{order},{amount:.2f},{category},{discount},{promotion}"
        day += 1 + int(pace * (0.3 + 1.6 * dice.random()))
