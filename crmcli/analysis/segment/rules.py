"""Named segments as ordered interval rules over the cells of R, F and M scores; the first rule that fits wins."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import polars as pl

from crmcli.errors import UsageError
from crmcli.notes import warning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.notes import Note

UNASSIGNED = "unassigned"
_EXAMPLES = 3

Cell = tuple[int, int, int]
Interval = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A box of cells: inclusive intervals of the three scores; None stands for every score."""

    name: str
    r: Interval | None = None
    f: Interval | None = None
    m: Interval | None = None
    action: str | None = None

    def fits(self, cell: Cell) -> bool:
        """Whether the cell (r, f, m) lies in the box."""
        sides = zip((self.r, self.f, self.m), cell, strict=True)
        return all(side is None or side[0] <= score <= side[1] for side, score in sides)

    @property
    def is_catch_all(self) -> bool:
        """Whether it fits every cell, as an "else" in the last place does."""
        return self.r is None and self.f is None and self.m is None


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Ordered rules for scores 1 to k, what a cell without a rule is called, and what the checker had to say."""

    name: str
    scores: int
    rules: tuple[Rule, ...]
    fallback: Rule = Rule(UNASSIGNED)
    notes: tuple[Note, ...] = ()

    def rule_for(self, cell: Cell) -> Rule:
        """The first rule that fits, else the fallback."""
        return next((rule for rule in self.rules if rule.fits(cell)), self.fallback)

    def actions(self) -> dict[str, str | None]:
        """Segment → action; when several rules share a name, the first action given counts."""
        named: dict[str, str | None] = {}
        for rule in (*self.rules, self.fallback):
            named[rule.name] = named.get(rule.name) or rule.action
        return named

    def require_scores(self, scores: int) -> None:
        """Raise UsageError unless the rules were written for this k."""
        if scores != self.scores:
            raise UsageError(
                f"Segments {self.name!r} are defined on {self.scores} scores, not {scores}.",
                remedy=f"Use --scores {self.scores}, or write your own rules for {scores} scores (--segments FILE).",
            )


def cells(scores: int) -> Iterator[Cell]:
    """Every (r, f, m), r slowest and m fastest: the order of `cell_number`."""
    every = range(1, scores + 1)
    return product(every, every, every)


def cell_number(scores: int) -> pl.Expr:
    """Position of a customer's (r_score, f_score, m_score) in `cells`."""
    r, f, m = (pl.col(name) - 1 for name in ("r_score", "f_score", "m_score"))
    return (r * scores + f) * scores + m


def assign(scored: pl.DataFrame, rule_set: RuleSet, scores: int) -> pl.DataFrame:
    """Add `segment` and `rfm` (the scores as text: 543, or 10-4-3 when a score can have two digits).

    Raises:
        UsageError: the rules are written for another k.
    """
    rule_set.require_scores(scores)
    number = scored.select(cell_number(scores)).to_series()
    grid = list(cells(scores))
    joint = "" if scores < 10 else "-"  # noqa: PLR2004 — the first number with two digits
    segments = pl.Series("segment", [rule_set.rule_for(cell).name for cell in grid], dtype=pl.String)
    labels = pl.Series("rfm", [joint.join(map(str, cell)) for cell in grid], dtype=pl.String)
    return scored.with_columns(labels.gather(number), segments.gather(number))


def check_rules(rules: tuple[Rule, ...], scores: int, source: str) -> tuple[Note, ...]:
    """Warnings about cells without a rule, cells with several (a catch-all rule does not count), and idle rules."""
    fitting = {cell: [rule for rule in rules if rule.fits(cell)] for cell in cells(scores)}
    gaps = [cell for cell, found in fitting.items() if not found]
    overlaps = [cell for cell, found in fitting.items() if sum(not rule.is_catch_all for rule in found) > 1]
    winners = {id(found[0]) for found in fitting.values() if found}
    idle = [f"{rule.name!r} (rule {place})" for place, rule in enumerate(rules, 1) if id(rule) not in winners]
    found = (
        ("rules_gap", gaps, f"have no rule and are called {UNASSIGNED!r}"),
        ("rules_overlap", overlaps, "fit several rules; the first wins"),
    )
    notes = [warning(code, f"{source}: {_count(where)} {what}.") for code, where, what in found if where]
    if idle:
        notes.append(warning("rules_idle", f"{source}: never fires: {', '.join(idle)}; earlier rules take its cells."))
    return tuple(notes)


def _count(where: list[Cell]) -> str:
    shown = ", ".join(f"R{r} F{f} M{m}" for r, f, m in where[:_EXAMPLES])
    more = ", …" if len(where) > _EXAMPLES else ""
    return f"{len(where)} of the R×F×M cells ({shown}{more})"
