"""Which column of a credit file plays which part: `--map` first, then the aliases; two candidates are never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmcli.errors import InputError, nearest
from crmcli.transactions.aliases import fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Headings:
    """Canonical name → position in the header of one layout."""

    header: tuple[str, ...]
    label: str
    positions: Mapping[str, int]

    def __contains__(self, canonical: object) -> bool:
        return canonical in self.positions

    def heading(self, canonical: str) -> str:
        """The heading as the file writes it."""
        return self.header[self.positions[canonical]]

    def described(self) -> dict[str, str]:
        """Canonical name → heading."""
        return {name: self.heading(name) for name in self.positions}

    def where(self, canonical: str) -> str:
        """How a message names the column."""
        return f"column {self.heading(canonical)!r} of {self.label}"


def find_headings(  # noqa: PLR0913 — one header, and everything that is asked of it
    header: Sequence[str],
    label: str,
    aliases: Mapping[str, Sequence[frozenset[str]]],
    requested: Mapping[str, str],
    *,
    needed: Sequence[str] = (),
    flag: str = "--map ",
) -> Headings:
    """Map the header of one layout.

    Args:
        header: headings as the file writes them.
        label: how messages name the file.
        aliases: canonical name → groups of folded headings, the first group that is present wins.
        requested: canonical name → heading, from `--map`.
        needed: columns without which the file is of no use.
        flag: how a message writes the option before `name=heading`.

    Raises:
        InputError: a requested heading is not there, a needed column is missing, or two headings of one group are.
    """
    folded = [fold(heading) for heading in header]
    positions: dict[str, int] = {}
    for name, heading in requested.items():
        positions[name] = _requested(header, folded, label, f"{flag}{name}", heading)
    for name, groups in aliases.items():
        if name in positions:
            continue
        taken = set(positions.values())
        found = next((hits for group in groups if (hits := _hits(folded, group, taken))), [])
        if len(found) > 1:
            names = ", ".join(repr(header[i]) for i in found)
            raise InputError(
                f"{label}: {len(found)} columns could be {name}: {names}",
                remedy=f"Say which one, for example: {flag}{name}={_word(header[found[0]])}",
            )
        if found:
            positions[name] = found[0]
    for name in needed:
        if name not in positions:
            raise _missing(header, label, name, flag)
    return Headings(tuple(header), label, {name: positions[name] for name in aliases if name in positions})


def _hits(folded: Sequence[str], group: frozenset[str], taken: set[int]) -> list[int]:
    return [i for i, name in enumerate(folded) if name in group and i not in taken]


def _requested(header: Sequence[str], folded: Sequence[str], label: str, option: str, heading: str) -> int:
    exact = [i for i, name in enumerate(header) if name == heading]
    alike = exact or [i for i, name in enumerate(folded) if name == fold(heading)]
    if len(alike) == 1:
        return alike[0]
    known = nearest(heading, header)
    what = "there is no such column" if not alike else f"{len(alike)} columns carry this heading"
    raise InputError(
        f"{label}: {option}={heading}: {what}",
        remedy=f"Did you mean {known!r}?" if known and not alike else "Its columns: " + _all(header),
    )


def _missing(header: Sequence[str], label: str, name: str, flag: str) -> InputError:
    return InputError(
        f"{label}: no column looks like {name}",
        extent="Its columns: " + _all(header),
        remedy=f"Name it: {flag}{name}=COLUMN",
    )


def _all(header: Sequence[str]) -> str:
    shown = ", ".join(repr(name) for name in header[:_SHOWN])
    return f"{shown} and {len(header) - _SHOWN} more" if len(header) > _SHOWN else shown


def _word(heading: str) -> str:
    return heading if heading.isidentifier() else f'"{heading}"'
