"""How an analysis of several views makes only those that are wanted: a maker for each, over what a run shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import polars as pl

    from crmcli.analysis.result import Fact
    from crmcli.notes import Note

Bench = TypeVar("Bench")
_Said = TypeVar("_Said")


@dataclass(frozen=True, slots=True)
class Made:
    """One table with what there is to say about it; `captions` are lines that people see under it."""

    table: pl.DataFrame
    notes: tuple[Note, ...] = ()
    facts: tuple[Fact, ...] = ()
    captions: tuple[str, ...] = ()


def _nothing(_bench: Any) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Maker(Generic[Bench]):
    """How one view is made from the workbench of a command, which computes what views share at most once.

    `lacks` says what this run lacks for it, as the end of a sentence ("needs …"), None when it can be made. `make` may
    raise TooLittleDataError: the input then holds too little for this view, perhaps not for others.
    """

    view: str
    make: Callable[[Bench], Made]
    lacks: Callable[[Bench], str | None] = _nothing


def distinct(said: Iterable[_Said]) -> tuple[_Said, ...]:
    """Views that rest on the same thing say the same about it: once is enough."""
    return tuple(dict.fromkeys(said))
