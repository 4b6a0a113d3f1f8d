"""The language of a report: its labels, from TOML files beside the templates, and its way to write figures."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind
from crmcli.errors import InternalError, UsageError, did_you_mean
from crmcli.present.declared import NUMERIC
from crmcli.reporting import figures
from crmcli.reporting.escape import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmcli.reporting.roots import Roots

LANGUAGES = ("en", "zh")
TAGS = {"en": "en", "zh": "zh-Hans"}
"""What HTML calls them."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Language:
    """A language with its labels; every method is a pure function to plain text, which is not escaped.

    Attributes:
        code: en or zh.
        labels: dotted key → text with `{name}` for what is filled in.
        file: the name of the file of labels, for messages.
        money_scale: decimals of money.
        currency: ISO code of the one currency of the input, if known.
    """

    code: str
    labels: Mapping[str, str]
    file: str
    money_scale: int = 2
    currency: str | None = None

    def find(self, key: str) -> str | None:
        """The label of a dotted key as it stands, if there is one."""
        return self.labels.get(key)

    def text(self, key: str, **values: object) -> str:
        """The label of a dotted key with `{name}` filled in, figures and dates in the way of the language.

        Raises:
            UsageError: no such label.
            InternalError: a value that the label asks for is not given.
        """
        label = self.labels.get(key)
        if label is None:
            remedy = did_you_mean(key, self.labels) or f"Add {key} to {self.file} in a folder of --template-dir."
            raise UsageError(f"{self.file} has no label {key!r}.", remedy=remedy)
        return _PLACEHOLDER.sub(lambda found: self.bare(_value(found[1], values, f"{self.file}: {key}")), label)

    def plural(self, key: str, count: float, **values: object) -> str:
        """The label `key.one` or `key.other`, as the language has it for this number, which fills `{count}`."""
        form = "one" if count == 1 and self.code == "en" else "other"
        return self.text(f"{key}.{form}", count=count, **values)

    def cell(self, value: object, kind: Kind | str) -> str:
        """A value by its kind, as in a table: dates in digits, money without its currency; texts stand as they are."""
        match value:
            case None:
                return figures.MISSING
            case bool():
                return self.text("words.yes" if value else "words.no")
            case str():
                return visible("; ".join(map(str.strip, value.split(";"))) if kind == Kind.FLAGS else value)
            case dt.date():
                return figures.iso_date(value)
            case int() | float() | Decimal():
                return self._figure(value, Kind(kind))
        raise InternalError(f"A report cannot show {type(value).__name__}, which is no plain value.")

    def cells(self, columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[object]]) -> list[list[str]]:
        """Every cell of a table, numbers with the same decimals down a column.

        Args:
            columns: each with its `kind`.
            rows: raw cells, as many in each row as there are columns.
        """
        made = [
            self._column([row[place] for row in rows], Kind(column["kind"])) for place, column in enumerate(columns)
        ]
        return [list(row) for row in zip(*made, strict=True)]

    def bare(self, value: object) -> str:
        """A value as it reads in a sentence, by its type alone."""
        match value:
            case str():
                return visible(value)
            case dt.date():
                return self.date(value)
            case Decimal():
                return self.money(value)
            case float():
                return self.number(value)
            case _:
                return self.cell(value, Kind.INTEGER)

    def integer(self, value: figures.Number | None, *, sign: bool = False) -> str:
        """A whole number: `1,234`."""
        return figures.integer(value, sign=sign)

    def number(self, value: figures.Number | None, decimals: int | None = None, *, sign: bool = False) -> str:
        """A number to its significant digits, or with fixed decimals."""
        return figures.number(value, sign=sign) if decimals is None else figures.fixed(value, decimals, sign=sign)

    def share(self, value: figures.Number | None, decimals: int = 1, *, sign: bool = False) -> str:
        """A fraction of 1: `12.3%`."""
        return figures.share(value, decimals, sign=sign)

    def money(self, value: figures.Number | None, decimals: int | None = None, *, sign: bool = False) -> str:
        """An amount with its currency: `£1,234.50`."""
        scale = self.money_scale if decimals is None else decimals
        return figures.money(value, scale, figures.currency_sign(self.currency, self.code), sign=sign)

    def date(self, value: dt.date | None) -> str:
        """A date in a sentence: `2026-11-21`, `2026年11月21日`."""
        return figures.date(value, self.code)

    def _figure(self, value: figures.Number, kind: Kind) -> str:
        match kind:
            case Kind.MONEY:
                return figures.money(value, self.money_scale)
            case Kind.SHARE:
                return figures.share(value)
            case Kind.INTEGER:
                return figures.integer(value)
            case _:
                return figures.number(value)

    def _column(self, values: Sequence[object], kind: Kind) -> list[str]:
        numbers = [value for value in values if isinstance(value, int | float | Decimal)]
        if kind is not Kind.NUMBER or len(numbers) < len([value for value in values if value is not None]):
            return [self.cell(value, kind) for value in values]
        return figures.column([value if isinstance(value, int | float | Decimal) else None for value in values])


def is_numeric(kind: Kind | str) -> bool:
    """Whether cells of this kind are set to the right."""
    return kind in NUMERIC


def load_language(code: str, roots: Roots, *, money_scale: int = 2, currency: str | None = None) -> Language:
    """The language with the labels that ship with crmcli, single ones replaced by those of the user's folders.

    Args:
        code: en or zh.
        roots: the folders of templates; of two with the same label the first counts.
        money_scale: decimals of money.
        currency: ISO code of the input's one currency, if known.

    Raises:
        UsageError: an unknown language, or a file of labels that is none.
    """
    if code not in LANGUAGES:
        raise UsageError(
            f"There is no language {code!r}.",
            remedy=f"Known are: {', '.join(LANGUAGES)}.",
        )
    file = f"labels.{code}.toml"
    labels: dict[str, str] = {}
    for where, text in reversed(list(roots.every(file))):
        labels |= parse_labels(text, where)
    return Language(code, labels, file, money_scale, currency)


def parse_labels(text: str, where: str) -> dict[str, str]:
    """Labels of a TOML document by dotted key.

    Args:
        text: the document: tables, however deep, of texts.
        where: the file, for messages.

    Raises:
        UsageError: not TOML, or something that is no text.
    """
    try:
        document = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{where} is not TOML: {error}.") from error
    return dict(_flat(document, "", where))


def _flat(table: Mapping[str, object], prefix: str, where: str) -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{prefix}{name}"
        if isinstance(value, dict):
            yield from _flat(value, f"{key}.", where)
        elif isinstance(value, str):
            yield key, value
        else:
            raise UsageError(f"{where}: the label {key!r} must be a text, not {value!r}.", remedy="Put it in quotes.")


def _value(name: str, values: Mapping[str, object], where: str) -> object:
    if name not in values:
        given = f"Given are: {', '.join(values)}." if values else "None are given."
        raise InternalError(f"{where} asks for {{{name}}}, which is not given.", remedy=given)
    return values[name]
