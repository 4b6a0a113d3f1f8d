"""How hard properties are tried: `TEST_EFFORT=50 pytest tests/properties` draws fifty times as many examples."""

from __future__ import annotations

import os

from hypothesis import settings

FACTOR = int(os.environ.get("TEST_EFFORT", "1"))


def examples(number: int) -> settings:
    """Settings for so many examples, at the usual effort; a busy machine is no failure."""
    return settings(deadline=None, max_examples=number * FACTOR)
