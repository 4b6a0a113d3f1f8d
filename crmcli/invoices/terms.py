"""Terms of payment as text, and the due date that follows from them: net n, d/b net n, EOM, prox."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal

_SPACES = re.compile(r"[\s_,;]+")
_DISCOUNT = re.compile(r"(?P<rate>\d+(?:\.\d+)?) ?%? ?(?:/|in|for) ?(?P<days>\d{1,3}) ?(?:days?)?,? ?(?:n|net|/)")
_PERCENT = re.compile(r"(?P<rate>\d+(?:\.\d+)?) ?% ?(?P<days>\d{1,3})\b ?(?:days?)?,? ?(?:n|net)")
_NET = re.compile(r"(?:^|\b)(?:n|net|netto) ?[/:]? ?(?P<days>\d{1,3})\b")
_DAYS = re.compile(r"^(?:due )?(?:in )?(?P<days>\d{1,3}) ?(?:d|days?|tage|天|日)?(?: net| netto| rein netto)?$")
_PROX = re.compile(
    r"(?:^|\b)(?:(?P<before>\d{1,2})(?:st|nd|rd|th)? ?(?:prox|of following month)|prox ?(?P<after>\d{1,2}))"
)
_EOM = re.compile(r"\b(?:e\.?o\.?m\.?|end of (?:the )?(?:following |next )?month|month end|monatsende)\b")
_FOLLOWING = re.compile(r"end of (?:the )?(?:following|next) month")
_BARE = re.compile(r"\b(\d{1,3})\b")
_MONTHLY = re.compile(r"^月结 ?(?P<days>\d{1,3})? ?[天日]?$")
_AT_ONCE = frozenset(
    {
        *("due on receipt", "on receipt", "cod", "c.o.d.", "cash", "cash on delivery", "immediate", "prepaid", "cia"),
        *("immediate payment", "prepay", "prepayment", "cash in advance", "sofort", "现结", "现款", "货到付款", "预付"),
    }
)
_MOST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Terms:
    """When a document is due, and the discount for paying early.

    Attributes:
        net_days: days after the invoice date, or after the end of its month.
        end_of_month: the days count from the end of the month of the invoice.
        proximo_day: due on this day of the next month instead.
        discount: the discount as a fraction, 0.02 for 2/10.
        discount_days: days after the invoice date within which it may be taken.
    """

    net_days: int = 0
    end_of_month: bool = False
    proximo_day: int | None = None
    discount: Decimal = Decimal(0)
    discount_days: int = 0

    def due(self, invoice_date: dt.date) -> dt.date:
        """The due date of a document."""
        year, month = invoice_date.year, invoice_date.month
        if self.proximo_day is not None:
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 — December
            return dt.date(year, month, min(self.proximo_day, calendar.monthrange(year, month)[1]))
        if self.end_of_month:
            invoice_date = dt.date(year, month, calendar.monthrange(year, month)[1])
        return invoice_date + dt.timedelta(days=self.net_days)


def parse_terms(text: str) -> Terms | None:
    """The terms that a text states, or None where it states none that are known.

    `net 30`, `n/30`, `30 days`, `2/10 net 30`, `2% 10 net 30`, `EOM`, `net 30 EOM`, `15 prox`, `due on receipt`,
    月结30天.
    """
    plain = _SPACES.sub(" ", text.strip().casefold())
    if plain in _AT_ONCE:
        return Terms()
    monthly = _MONTHLY.match(plain)
    if monthly:
        return Terms(net_days=int(monthly["days"] or 0), end_of_month=True)
    proximo = _PROX.search(plain)
    if proximo:
        day = int(proximo["before"] or proximo["after"])
        return Terms(proximo_day=day) if 1 <= day <= 31 else None  # noqa: PLR2004 — days of a month
    return _by_days(plain)


def _by_days(plain: str) -> Terms | None:
    discount = _DISCOUNT.search(plain) or _PERCENT.search(plain)
    rest = plain[discount.end() :] if discount else plain
    end_of_month = _EOM.search(plain) is not None
    days = _net_days(rest, plain, end_of_month=end_of_month, discounted=discount is not None)
    if days is None or days > _MOST_DAYS:
        return None
    if discount is None:
        return Terms(days, end_of_month)
    rate = Decimal(discount["rate"]) / 100
    within = int(discount["days"])
    return Terms(days, end_of_month, None, rate, within) if rate < 1 and within <= days else None


def _net_days(rest: str, plain: str, *, end_of_month: bool, discounted: bool) -> int | None:
    if discounted:
        after = _BARE.search(rest)
        return int(after[1]) if after else None
    found = _NET.search(plain) or _DAYS.match(plain)
    if found:
        return int(found["days"])
    if not end_of_month:
        return None
    bare = _BARE.search(plain)
    return int(bare[1]) if bare else 31 if _FOLLOWING.search(plain) else 0
