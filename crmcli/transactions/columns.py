"""Which column plays which part: `--map` first, then a profile, then the aliases; two candidates are never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.errors import InputError, UsageError, did_you_mean, nearest
from crmcli.notes import info, warning
from crmcli.transactions.aliases import (
    ATTRIBUTE_ENDINGS,
    BARE_ID,
    BARE_NAMES,
    CANONICAL,
    FOLDED_ALIASES,
    PERSON_HEADINGS,
    PRICE_HEADING,
    fold,
)
from crmcli.transactions.profile import BESIDE_A_TOTAL, TOTALS, positions_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from crmcli.notes import Note
    from crmcli.transactions.profile import Profile


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Canonical name → position in the header, with remarks on columns that stayed unmapped.

    `totals` names those of `amount` and `refunded` that stand for a whole order (see `Profile`).
    """

    header: tuple[str, ...]
    positions: Mapping[str, int]
    notes: tuple[Note, ...] = ()
    profile: Profile | None = None
    totals: frozenset[str] = frozenset()

    def heading(self, canonical: str) -> str:
        """The heading as the file writes it."""
        return self.header[self.positions[canonical]]

    @property
    def id_positions(self) -> frozenset[int]:
        """Positions of the columns that hold ids."""
        return frozenset(self.positions[name] for name in ("customer_id", "order_id") if name in self.positions)

    @property
    def of_orders(self) -> frozenset[str]:
        """Canonical names of what a row may say for the other rows of its order; empty where each speaks for itself."""
        return self.totals | {"customer_id", "order_id"} if self.totals else frozenset()

    def __contains__(self, canonical: object) -> bool:
        return canonical in self.positions

    def described(self) -> dict[str, str]:
        """Canonical name → heading, in the order of the canonical columns."""
        return {name: self.heading(name) for name in CANONICAL if name in self.positions}


def parse_mapping(items: Iterable[str], names: Collection[str] = CANONICAL) -> dict[str, str]:
    """`--map CANONICAL=COLUMN` options as a dictionary.

    Args:
        items: the options as given.
        names: the canonical columns that the files of the command may have.

    Raises:
        UsageError: no `=`, an unknown canonical name, or one canonical name given twice.
    """
    mapping: dict[str, str] = {}
    for item in items:
        canonical, equals, heading = item.partition("=")
        canonical = canonical.strip()
        if not equals or not heading:
            raise UsageError(
                f"--map {item!r} is not of the form CANONICAL=COLUMN", remedy="Example: --map customer_id=Buyer"
            )
        if canonical not in names:
            known = did_you_mean(canonical, names) or "Known names: " + ", ".join(names)
            raise UsageError(f"--map: unknown canonical column {canonical!r}", remedy=known)
        if canonical in mapping:
            raise UsageError(f"--map names {canonical} twice: {mapping[canonical]!r} and {heading!r}")
        mapping[canonical] = heading
    return mapping


def map_columns(
    header: Sequence[str],
    requested: Mapping[str, str],
    label: str,
    profile: Profile | None = None,
    *,
    own: int | None = None,
) -> ColumnMap:
    """Find the canonical columns of one header.

    A column that carries the canonical name itself beats other headings; otherwise two candidates are an error for
    the columns every command needs (customer_id, date, amount) and leave the column unmapped, with a note, else.

    Args:
        header: headings as the file writes them.
        requested: what `--map` says; a requested heading must stand in the header.
        label: how messages name the file.
        profile: what is known about the export; it decides on the columns it names unless `--map` does.
        own: how many columns stand in the file itself; those behind them are taken only for parts that none of these
            plays.

    Raises:
        InputError: a needed column is missing or has two candidates, or a requested heading does not stand there.
    """
    mapper = _Mapper(tuple(header), label, len(header) if own is None else own)
    for canonical, heading in requested.items():
        mapper.request(canonical, heading)
    if mapper.wants_own_money():
        mapper.unwanted = ("amount",)
    if profile:
        mapper.follow(profile)
    for canonical in CANONICAL:
        mapper.find(canonical)
    mapper.place_price()
    mapper.require()
    mapper.doubt_unmapped()
    return ColumnMap(mapper.header, mapper.positions, tuple(mapper.notes), profile, mapper.totals)


_NEEDED = ("customer_id", "date", "amount")
_TELLING = ("order_id", "quantity", "unit_price", "currency", "status")
"""Columns that no command needs, but that change what every command says."""

_HEADINGS_SHOWN = 12
_LONG_ENOUGH = 6
"""Letters of an alias from which on a heading that differs by one is hardly another word."""


class _Mapper:
    """Working state of `map_columns`: positions found so far and columns with more than one candidate."""

    def __init__(self, header: tuple[str, ...], label: str, own: int) -> None:
        self.header = header
        self.label = label
        self.own = own
        self.folded = [fold(heading) for heading in header]
        self.positions: dict[str, int] = {}
        self.decided: set[str] = set()
        self.unwanted: tuple[str, ...] = ()
        self.totals: frozenset[str] = frozenset()
        self.tied: dict[str, list[int]] = {}
        self.notes: list[Note] = []

    def request(self, canonical: str, heading: str) -> None:
        exact = [i for i, name in enumerate(self.header) if name == heading]
        alike = exact or [i for i, name in enumerate(self.folded) if name == fold(heading)]
        if not alike:
            known = nearest(heading, self.header)
            hint = f"Did you mean {known!r}?" if known else "Its columns: " + self._all_headings()
            raise InputError(f"{self.label}: --map {canonical}={heading}: there is no such column", remedy=hint)
        if len(alike) > 1:
            raise InputError(
                f"{self.label}: --map {canonical}={heading}: {len(alike)} columns carry this heading",
                remedy="Give the columns different headings in the file.",
            )
        self.positions[canonical] = alike[0]
        self.decided.add(canonical)

    def wants_own_money(self) -> bool:
        """Whoever names a unit price wants the money to be made from it."""
        return "unit_price" in self.decided and "amount" not in self.decided

    def follow(self, profile: Profile) -> None:
        """Take the columns that a profile names and `--map` does not."""
        own_money = self.wants_own_money()
        for canonical, headings in profile.columns.items():
            if canonical not in self.positions and not (own_money and canonical == "amount"):
                self._follow(canonical, headings)
        if profile.order_total:
            self.totals = frozenset(name for name in TOTALS if self._is_named(profile, name))
        self.unwanted = BESIDE_A_TOTAL if "amount" in self.totals else ("amount",) if own_money else ()

    def _is_named(self, profile: Profile, canonical: str) -> bool:
        """Whether a column is one that the profile names for this part, be it by way of `--map`."""
        position = self.positions.get(canonical)
        known = {fold(heading) for heading in profile.columns.get(canonical, ())}
        return position is not None and self.folded[position] in known

    def _follow(self, canonical: str, headings: Sequence[str]) -> None:
        found = next((columns for heading in headings if (columns := positions_of(self.header, heading))), [])
        if len(found) == 1:
            self.positions[canonical] = found[0]
            self.decided.add(canonical)
        elif found:
            self.tied[canonical] = found

    def find(self, canonical: str) -> None:
        if canonical in self.positions or canonical in self.tied or canonical in self.unwanted:
            return
        taken = {self.positions[name] for name in self.decided}
        aliases = FOLDED_ALIASES[canonical]
        candidates = [i for i, name in enumerate(self.folded) if name in aliases and i not in taken]
        candidates = [i for i in candidates if i < self.own] or candidates
        by_name = [i for i in candidates if self.folded[i] == fold(canonical)]
        chosen = by_name if len(by_name) == 1 else candidates
        if canonical == "customer_id" and len(chosen) == 1:
            chosen = [*chosen, *self._rivals(chosen[0])]
        if len(chosen) == 1:
            self.positions[canonical] = chosen[0]
        elif chosen:
            self.tied[canonical] = chosen

    def _rivals(self, chosen: int) -> list[int]:
        """Columns that may name the customer as well as a bare `customer` or `id` does."""
        word = self.folded[chosen]
        if word == BARE_ID:
            return [i for i, name in enumerate(self.folded) if i != chosen and _names_a_person(name)]
        if word not in BARE_NAMES:
            return []
        endings = ((i, name.removeprefix(word)) for i, name in enumerate(self.folded) if name.startswith(word))
        return [i for i, ending in endings if ending and ending not in ATTRIBUTE_ENDINGS]

    def place_price(self) -> None:
        prices = [i for i, name in enumerate(self.folded) if name == PRICE_HEADING and i not in self.positions.values()]
        part = "unit_price" if "quantity" in self.positions or "quantity" in self.tied else "amount"
        if len(prices) == 1 and part not in {*self.positions, *self.tied, *self.unwanted}:
            self.positions[part] = prices[0]

    def require(self) -> None:
        priced = "quantity" in self.positions and "unit_price" in self.positions
        for canonical, columns in self.tied.items():
            if canonical in _NEEDED and not (canonical == "amount" and priced):
                raise self._ambiguous(canonical, columns)
            self.notes.append(
                info(
                    "unmapped_column", f"{canonical} stays unmapped: {self._headings(columns)} could each be it (--map)"
                )
            )
        for canonical in _NEEDED:
            if (
                canonical not in self.positions
                and canonical not in self.tied
                and not (canonical == "amount" and priced)
            ):
                raise self._missing(canonical)

    def doubt_unmapped(self) -> None:
        """Name headings that all but carry the name of a part that no column plays: one letter is soon lost."""
        taken = {*self.positions.values(), *(column for columns in self.tied.values() for column in columns)}
        others = [(i, name) for i, name in enumerate(self.folded) if i not in taken]
        for canonical in _TELLING:
            if canonical in self.positions or canonical in self.tied or canonical in self.unwanted:
                continue
            near = next((i for i, name in others if _nearly_names(name, FOLDED_ALIASES[canonical])), None)
            if near is not None:
                text = f"{self.label}: {self.header[near]!r} is not taken for {canonical}; if it is, say so with --map"
                self.notes.append(warning("near_heading", text))

    def _ambiguous(self, canonical: str, columns: Sequence[int]) -> InputError:
        example = self.header[columns[0]]
        return InputError(
            f"{self.label}: {len(columns)} columns could be {canonical}: {self._headings(columns)}",
            remedy=f"Say which one, for example: --map {canonical}={_shell_word(example)}",
        )

    def _missing(self, canonical: str) -> InputError:
        what = "amount (or quantity and unit_price)" if canonical == "amount" else canonical
        return InputError(
            f"{self.label}: no column looks like {what}",
            extent="Its columns: " + self._all_headings(),
            remedy=f"Name it: --map {canonical}=COLUMN",
        )

    def _all_headings(self) -> str:
        shown = self._headings(range(min(len(self.header), _HEADINGS_SHOWN)))
        more = len(self.header) - _HEADINGS_SHOWN
        return f"{shown} and {more} more" if more > 0 else shown

    def _headings(self, columns: Iterable[int]) -> str:
        return ", ".join(repr(self.header[i]) for i in columns)


def _nearly_names(folded: str, aliases: Iterable[str]) -> bool:
    """Whether a heading differs from an alias by one character that was added, lost or changed."""
    close = (alias for alias in aliases if len(alias) >= _LONG_ENOUGH and abs(len(alias) - len(folded)) <= 1)
    return any(_one_edit_apart(folded, alias) for alias in close)


def _one_edit_apart(one: str, other: str) -> bool:
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, others = one[start:], other[start:]
    return one != other and (rest[1:] == others[1:] or rest[1:] == others or rest == others[1:])


def _names_a_person(folded: str) -> bool:
    return folded in PERSON_HEADINGS or any(folded.startswith(word) for word in BARE_NAMES)


def _shell_word(heading: str) -> str:
    return heading if heading.isidentifier() else f'"{heading}"'
