"""One structural corruption of a file whose records are known: what was done, and which records it touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = -1
"""The number of the header among the records."""


@dataclass(frozen=True, slots=True)
class Intact:
    """A valid file: its records (the header first) as bytes, each with its line end."""

    header: bytes
    records: tuple[bytes, ...]
    delimiter: bytes

    @property
    def content(self) -> bytes:
        return self.header + b"".join(self.records)

    def touched(self, start: int, stop: int) -> frozenset[int]:
        """The records that bytes start … stop - 1 belong to; for an insertion, start == stop, the one it falls into."""
        found, place = set(), 0
        last = len(self.records) - 1
        for number, record in enumerate((self.header, *self.records), start=HEADER):
            end = place + len(record)
            inside = place <= start < end or (number == last and start == end)
            if inside or (start < end and place < stop):
                found.add(number)
            place = end
        return frozenset(found)


@dataclass(frozen=True, slots=True)
class Damaged:
    """The same file after one corruption. `lost` records are gone without a trace; `touched` ones are damaged."""

    content: bytes
    touched: frozenset[int]
    lost: frozenset[int] = frozenset()


def _places(content: bytes, byte: bytes) -> list[int]:
    return [place for place in range(len(content)) if content[place : place + 1] == byte]


def _spliced(file: Intact, start: int, stop: int, new: bytes) -> Damaged:
    content = file.content
    return Damaged(content[:start] + new + content[stop:], file.touched(start, stop))


def _drop(byte: Callable[[Intact], bytes]) -> Corruption:
    def dropped(draw: st.DrawFn, file: Intact) -> Damaged | None:
        places = _places(file.content, byte(file))
        if not places:
            return None
        place = draw(st.sampled_from(places))
        damaged = _spliced(file, place, place + 1, b"")
        # Without its line end a record runs into the next one.
        return damaged if byte(file) != b"\n" else Damaged(damaged.content, file.touched(place, place + 2))

    return dropped


def _add(byte: Callable[[Intact], bytes]) -> Corruption:
    def added(draw: st.DrawFn, file: Intact) -> Damaged:
        place = draw(st.integers(0, len(file.content)))
        return _spliced(file, place, place, byte(file))

    return added


def _move(byte: Callable[[Intact], bytes]) -> Corruption:
    def moved(draw: st.DrawFn, file: Intact) -> Damaged | None:
        content = file.content
        places = _places(content, byte(file))
        if not places:
            return None
        start = draw(st.sampled_from(places))
        target = draw(st.integers(max(0, start - 25), min(len(content) - 1, start + 25)))
        rest = content[:start] + content[start + 1 :]
        damaged = rest[:target] + byte(file) + rest[target:]
        # Behind the byte that was taken out, places have moved down by one; a lost line end joins two records.
        reach = 2 if byte(file) == b"\n" else 1
        return Damaged(damaged, file.touched(min(start, target), max(start, target + 1) + reach))

    return moved


def _truncated(draw: st.DrawFn, file: Intact) -> Damaged:
    place = draw(st.integers(0, len(file.content) - 1))
    cut = file.touched(place, place)
    begun = place > 0 and file.content[place - 1 : place] != b"\n"
    first_lost = max(cut) + (1 if begun or not cut else 0)
    lost = frozenset(range(max(first_lost, 0), len(file.records)))
    return Damaged(file.content[:place], cut - lost, lost)


def _other_byte(draw: st.DrawFn, file: Intact) -> Damaged:
    place = draw(st.integers(0, len(file.content) - 1))
    byte = bytes([draw(st.sampled_from([0x80, 0xC0, 0xE9, 0xFE, 0xFF]))])
    return _spliced(file, place, place + 1, byte)


def _repeated_header(draw: st.DrawFn, file: Intact) -> Damaged:
    before = draw(st.integers(0, len(file.records)))
    head, tail = file.records[:before], file.records[before:]
    return Damaged(b"".join((file.header, *head, file.header, *tail)), frozenset())


SECOND_TABLES = (
    b"\nTotals\ncustomers,revenue\n12,3456.78\n",
    b"product,stock\ntea,12\ncake,7\n",
    b"sku;name;stock;price\nT-1;tea;12;3,50\nT-2;cake;7;2,25\n",
    b"date,customer_id,amount\n2024-01-01,X0001,7.00\n2024-01-02,X0002,8.00\n",
    b"\n\nGrand total,,,1234.50\n",
)


def _second_table(draw: st.DrawFn, file: Intact) -> Damaged:
    return Damaged(file.content + draw(st.sampled_from(SECOND_TABLES)), frozenset())


def _of(byte: bytes) -> Callable[[Intact], bytes]:
    return lambda _: byte


def _delimiter(file: Intact) -> bytes:
    return file.delimiter


Corruption: TypeAlias = "Callable[[st.DrawFn, Intact], Damaged | None]"
"""Draws one corruption of a file; None where the file holds nothing of that kind."""

CORRUPTIONS: dict[str, Corruption] = {
    "separator lost": _drop(_delimiter),
    "separator added": _add(_delimiter),
    "separator moved": _move(_delimiter),
    "quote lost": _drop(_of(b'"')),
    "quote added": _add(_of(b'"')),
    "quote moved": _move(_of(b'"')),
    "line break lost": _drop(_of(b"\n")),
    "line break added": _add(_of(b"\n")),
    "line break moved": _move(_of(b"\n")),
    "NUL added": _add(_of(b"\x00")),
    "truncated": _truncated,
    "byte that is not UTF-8": _other_byte,
    "repeated header": _repeated_header,
    "second table": _second_table,
}


@st.composite
def damaged(draw: st.DrawFn, file: Intact, kind: str) -> Damaged:
    """The file after one corruption of this kind; unchanged where it holds nothing to corrupt."""
    return CORRUPTIONS[kind](draw, file) or Damaged(file.content, frozenset())
