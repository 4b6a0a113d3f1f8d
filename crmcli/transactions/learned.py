"""What the first sound records of a text teach about its columns, read only once something in the text is doubtful."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmcli.transactions.cell_shapes import ColumnShapes, Habits
from crmcli.transactions.cleaning import clean
from crmcli.transactions.records import FIELD_END, RECORD_END, dissect, join, record_parity
from crmcli.transactions.swallowed import hides_record

if TYPE_CHECKING:
    from pathlib import Path

    from crmcli.transactions.dialect import Layout

SAMPLE_BYTES = 1 << 18
SAMPLE_RECORDS = 300


class LearnedColumns:
    """The columns of one text. What they teach depends on its beginning only, never on how it is cut into chunks."""

    def __init__(self, source: Path, layout: Layout) -> None:
        self.source = source
        self.layout = layout
        self.separator = layout.delimiter.encode()

    def hides_record(self, record: bytes) -> bool:
        """See `swallowed.hides_record`."""
        return hides_record(record, self.separator, self.shapes)

    @cached_property
    def shapes(self) -> ColumnShapes:
        """What cells look like, by column."""
        return ColumnShapes.learn([record for record, _ in self._records], self.layout.fields)

    @cached_property
    def last_cells(self) -> frozenset[bytes]:
        """Cells that occur in the last column."""
        return frozenset(record[-1] for record, _ in self._records)

    @cached_property
    def habits(self) -> tuple[Habits, ...]:
        """What cells have in common, by column; records behind broken ones may be parts of these and do not count."""
        records = [record for record, follows_sound in self._records if follows_sound]
        columns = list(zip(*records, strict=True)) or [()] * self.layout.fields
        return tuple(map(Habits.learn, columns))

    @cached_property
    def _records(self) -> list[tuple[list[bytes], bool]]:
        return _sound_records(self._sample(), self.layout.delimiter, self.layout.fields)[:SAMPLE_RECORDS]

    def _sample(self) -> bytes:
        with self.source.open("rb") as file:
            file.seek(self.layout.offset)
            text = file.read(SAMPLE_BYTES)
        return text[: text.rfind(b"\n") + 1] if len(text) == SAMPLE_BYTES else text.removesuffix(b"\n") + b"\n"


def _sound_records(text: bytes, delimiter: str, fields: int) -> list[tuple[list[bytes], bool]]:
    """The cells of each sound record, and whether no broken one stands right before it."""
    if not text.strip():
        return []
    lines = dissect(text, delimiter)
    # The quotes are trusted here: what they get wrong is rare, and the beginning of such a record is still right.
    joins = join(lines, fields, final=True, hides_record=lambda _: False)
    continuation = joins.continuation(lines)
    sound = lines.complete & (lines.outside + 1 == fields) & ~continuation
    sound[joins.firsts] = True
    owner = np.maximum.accumulate(np.where(continuation, 0, np.arange(lines.count)))
    sound[owner[lines.forbidden]] = False
    copy = clean(lines, delimiter, record_parity(lines, joins), sound[owner], continuation)
    records = [record.split(bytes([FIELD_END])) for record in copy.split(bytes([RECORD_END]))[:-1]]
    heads = sound[~continuation & ~lines.blank]
    follows_sound = np.append(np.ones(1, np.bool_), heads[:-1])[heads]
    return list(zip(records, follows_sound.tolist(), strict=True))
