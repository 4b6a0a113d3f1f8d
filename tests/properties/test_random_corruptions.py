"""The bench of corruptions in small: the same cases each time, more of them with more effort."""

from __future__ import annotations

import pytest
from corruptions import ANOTHER, CORRUPTIONS, QUARANTINED, RIGHT, SHAPES, SILENT, Case, judge
from effort import FACTOR

UNDECIDABLE = {"separator swapped with a neighbour", "several at once"}
"""Kinds that may make another valid file: then nobody can know."""


@pytest.mark.parametrize("kind", CORRUPTIONS)
def test_no_number_is_silently_wrong(kind: str) -> None:
    for number in range(6 * FACTOR):
        shape = [*SHAPES][(number * 7 + len(kind)) % len(SHAPES)]
        case = Case(kind, shape, f"test-{number}")
        file, damage = case.play()
        if damage is None or damage.content == file.content:
            continue
        verdict, reading = judge(file, damage)
        assert verdict != SILENT, f"{case}: {reading}"
        assert verdict != ANOTHER or kind in UNDECIDABLE, f"{case}: {reading}"


@pytest.mark.parametrize("shape", SHAPES)
def test_the_files_themselves_are_read_right(shape: str) -> None:
    for number in range(3 * FACTOR):
        file, damage = Case("header repeated", shape, f"test-{number}").play()
        assert damage is not None
        assert judge(file, type(damage)(file.content))[0] == RIGHT
        assert judge(file, damage)[0] in {RIGHT, QUARANTINED}
