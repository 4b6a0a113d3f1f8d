"""Profiles as TOML text: every key is checked, and a mistyped one is answered with the nearest known."""

from __future__ import annotations

import tomllib
from typing import NoReturn

from crmcli.errors import UsageError, did_you_mean
from crmcli.transactions.aliases import CANONICAL, fold
from crmcli.transactions.profile import BESIDE_A_TOTAL, Profile

_KEYS = (
    *("name", "title", "required", "absent", "columns", "amount_per", "carried_down", "no_sale", "refund_rows"),
    *("refunded_in_full", "formula_text", "date_format", "decimal", "remarks"),
)
_AMOUNT_PER = ("line", "order")
_ANY = "any"


def parse_profile(text: str, source: str) -> Profile:
    """The profile that a TOML document states; see `docs/methods.md`, "Known exports", for its keys.

    Args:
        text: the document.
        source: how messages name it; also the name of a profile that gives none.

    Raises:
        UsageError: not TOML, an unknown or missing key, a value of another kind, or keys that contradict each other.
    """
    reader = _Reader(text, source)
    name = reader.text("name", source)
    profile = Profile(
        name=name,
        title=reader.text("title", name),
        required=reader.texts("required"),
        absent=reader.texts("absent"),
        columns=reader.columns(),
        order_total=reader.one_of("amount_per", _AMOUNT_PER) == "order",
        carried_down=reader.canonical("carried_down"),
        no_sale=reader.values("no_sale"),
        refund_rows=reader.values("refund_rows"),
        refunded_in_full=reader.texts("refunded_in_full"),
        formula_text=reader.flag("formula_text"),
        date_format=reader.text("date_format", "") or None,
        decimal=reader.one_of("decimal", (".", ",")),
        remarks=reader.texts("remarks"),
    )
    _check(profile, source)
    return profile


class _Reader:
    """The keys of one document, each read as what it has to be."""

    def __init__(self, text: str, source: str) -> None:
        self.source = source
        try:
            self.document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            _fail(source, f"is not TOML ({error})")
        for key in self.document:
            if key not in _KEYS:
                _fail(source, f"unknown key {key!r}", did_you_mean(key, _KEYS) or f"Known keys: {', '.join(_KEYS)}")

    def text(self, key: str, otherwise: str) -> str:
        value = self.document.get(key, otherwise)
        if not isinstance(value, str) or (key in self.document and not value.strip()):
            _fail(self.source, f"{key!r} must be a text, not {value!r}")
        return value.strip()

    def flag(self, key: str) -> bool:
        value = self.document.get(key, False)
        if not isinstance(value, bool):
            _fail(self.source, f"{key!r} must be true or false, not {value!r}")
        return value

    def one_of(self, key: str, choices: tuple[str, ...]) -> str | None:
        value = self.document.get(key)
        if value is not None and value not in choices:
            _fail(self.source, f"{key!r} must be {' or '.join(map(repr, choices))}, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        return self._texts(self.document.get(key, []), repr(key))

    def canonical(self, key: str) -> tuple[str, ...]:
        names = self.texts(key)
        for name in names:
            self._require_canonical(name, key)
        return names

    def columns(self) -> dict[str, tuple[str, ...]]:
        """Canonical name → headings in order of preference; a single one may stand without brackets."""
        columns = {}
        for name, value in self._table("columns").items():
            self._require_canonical(name, "columns")
            columns[name] = self._texts([value] if isinstance(value, str) else value, f"columns.{name}")
            if not columns[name]:
                _fail(self.source, f"columns.{name} names no heading")
        return columns

    def values(self, key: str) -> dict[str, tuple[str, ...]]:
        """Heading → values; empty for the word "any"."""
        table = self._table(key)
        return {
            heading: () if value == _ANY else self._some_texts(value, f"{key}.{heading!r}")
            for heading, value in table.items()
        }

    def _table(self, key: str) -> dict[str, object]:
        table = self.document.get(key, {})
        if not isinstance(table, dict):
            _fail(self.source, f"{key!r} must be a table, not {table!r}")
        return table

    def _texts(self, value: object, where: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            _fail(self.source, f"{where} must be a list of texts, not {value!r}")
        return tuple(item.strip() for item in value)

    def _some_texts(self, value: object, where: str) -> tuple[str, ...]:
        texts = self._texts(value, where)
        if not texts:
            _fail(self.source, f'{where} must be "any" or name at least one value')
        return texts

    def _require_canonical(self, name: str, key: str) -> None:
        if name not in CANONICAL:
            known = did_you_mean(name, CANONICAL) or "Known names: " + ", ".join(CANONICAL)
            _fail(self.source, f"{key!r} names an unknown canonical column {name!r}", known)


def _check(profile: Profile, source: str) -> None:
    if not profile.required:
        _fail(source, "'required' must name the headings by which the export is recognised")
    if contradicting := set(map(fold, profile.required)) & set(map(fold, profile.absent)):
        _fail(source, f"a heading is both required and absent: {min(contradicting)!r}")
    if (profile.order_total or profile.carried_down) and "order_id" not in profile.columns:
        _fail(source, "values of whole orders need 'columns.order_id'")
    beside = [name for name in BESIDE_A_TOTAL if name in profile.columns]
    if profile.order_total and beside:
        _fail(source, f"{beside[0]!r} belongs to a line, but 'amount_per' is \"order\"")


def _fail(source: str, problem: str, remedy: str | None = None) -> NoReturn:
    raise UsageError(f"{source}: {problem}", remedy=remedy)
