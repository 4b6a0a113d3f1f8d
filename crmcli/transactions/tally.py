"""One pass, many counts: every batch of a streamed column is summed up once, and the sums are merged at the end.

Polars' streaming engine neither shares a sub-expression between two aggregations nor streams `value_counts`. A batch
function that answers with one summary, joined over the batches, does both: each batch is matched against a pattern
once, what is rare is looked at only when it occurs, and memory does not grow with the column.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EXAMPLE_LENGTH = 40
_PROBE = 4_000
_OFTEN_NEW = 0.75


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts by name, and for some names the smallest value that was counted.

    The smallest, not the first: it does not depend on how the column was cut into batches.
    """

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    def add(self, name: str, values: pl.Series, *, example: bool = True) -> None:
        """Count these values under a name, with one of them as its example."""
        if values.len():
            self.counts[name] += values.len()
            if example:
                self.offer(name, values)

    def offer(self, name: str, values: pl.Series) -> None:
        """Take the smallest of some values as the example of a name, if no smaller one is known."""
        self._offer(name, str(values.min())[:EXAMPLE_LENGTH])

    def merge(self, other: Tally) -> None:
        """Take over the counts and examples of another part of the column."""
        self.counts.update(other.counts)
        for name, example in other.examples.items():
            self._offer(name, example)

    def _offer(self, name: str, example: str) -> None:
        self.examples[name] = min(example, self.examples.get(name, example))


def tally(column: pl.Expr, summarise: Callable[[pl.Series], Tally]) -> pl.Expr:
    """An aggregation of a column to one string, to be read by `merged`.

    Args:
        column: the values to count.
        summarise: counts one batch; it must give the same sums however the column is cut.
    """

    def batch(values: pl.Series) -> pl.Series:
        if not values.len():
            return pl.Series(values.name, [], dtype=pl.String)
        part = summarise(values)
        return pl.Series(values.name, [_written(part)], dtype=pl.String).extend_constant(None, values.len() - 1)

    # Declared elementwise (one row out for one row in) so that batches stream; all but the first row of each are null.
    rows = column.map_batches(batch, return_dtype=pl.String, is_elementwise=True)
    return rows.str.join("\n", ignore_nulls=True)


def uniform(rows: int, names: Iterable[str]) -> str:
    """What the aggregation of a column gives, save for examples, if each of its values counts under these names.

    None of the values is missing.
    """
    return _written(Tally(Counter(dict.fromkeys(("rows", *names), rows))))


def distinct(values: pl.Series) -> pl.Series:
    """The values once each, if enough of them repeat to make this cheaper than matching them all; else all of them.

    For questions that each value answers in the same way wherever it stands, such as dates and prices do.
    """
    probe = values.head(_PROBE)
    return values if probe.n_unique() > _OFTEN_NEW * probe.len() else values.unique()


def _written(part: Tally) -> str:
    return json.dumps([part.counts, part.examples])


def merged(joined: str | None) -> Tally:
    """The tally of the whole column, from the value of the aggregation."""
    whole = Tally()
    for line in (joined or "").splitlines():
        counts, examples = json.loads(line)
        whole.merge(Tally(Counter(counts), examples))
    return whole
