"""What changed for one customer since an earlier date, and whether they or the crowd moved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from crmcli.analysis.segment.rfm import rfm_metrics
from crmcli.analysis.segment.thresholds import METRICS, apply_thresholds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmcli.analysis.segment.migration import Migration
    from crmcli.analysis.segment.thresholds import Thresholds
    from crmcli.analysis.segment.workbench import Workbench

Row = tuple[str, str, str]


def change_rows(bench: Workbench, customer: Mapping[str, Any], found: Migration | None) -> Iterator[Row]:
    """Segments, measures and scores then and now, and a verdict in a sentence."""
    if found is None:
        yield "change", "since", "not asked for (--compare-to DATE)"
        return
    moved = found.moves.row(by_predicate=pl.col("customer_id") == customer["customer_id"], named=True)
    yield "change", "since", f"{found.then.as_of}"
    if moved["segment_before"] is None:
        yield "change", "verdict", f"new: the first order came on {customer['first_date']}"
        return
    scale = bench.money_scale
    then = _scored(rfm_metrics(found.then), customer["customer_id"], found.before, scale)
    frozen = _scored(bench.metrics, customer["customer_id"], found.before, scale)
    fresh = _scored(bench.metrics, customer["customer_id"], found.now, scale)
    yield "change", "segment then", moved["segment_before"]
    yield "change", "segment now, thresholds of then", moved["frozen"]
    yield "change", "segment now, thresholds of now", moved["rescored"]
    for metric in METRICS:
        yield "change", metric.name, f"{then[metric.name]:,} then, {frozen[metric.name]:,} now"
        scores = f"{then[metric.score]} then, {frozen[metric.score]} by the same thresholds, "
        yield "change", metric.score, f"{scores}{fresh[metric.score]} by those of now"
    yield "change", "verdict", _verdict(moved, then, frozen, fresh)


def _scored(metrics: pl.DataFrame, customer_id: str, thresholds: Thresholds, scale: int) -> dict[str, Any]:
    one = metrics.filter(pl.col("customer_id") == customer_id)
    return apply_thresholds(one, thresholds, scale).row(0, named=True)


def _verdict(
    moved: Mapping[str, str], then: Mapping[str, int], frozen: Mapping[str, int], fresh: Mapping[str, int]
) -> str:
    own, drift = moved["frozen"] != moved["segment_before"], moved["rescored"] != moved["frozen"]
    if own and moved["rescored"] == moved["segment_before"]:
        return f"own behaviour ({_changed(then, frozen)}), which the change of thresholds hides"
    if own and drift:
        return f"own behaviour ({_changed(then, frozen)}) and ranking drift ({_changed(frozen, fresh)})"
    if own:
        return f"own behaviour: {_changed(then, frozen)}"
    return f"ranking drift only: {_changed(frozen, fresh)}" if drift else "no change of segment"


def _changed(before: Mapping[str, int], after: Mapping[str, int]) -> str:
    moves = (f"{m.score[0].upper()} {before[m.score]} to {after[m.score]}" for m in METRICS)
    return ", ".join(move for m, move in zip(METRICS, moves, strict=True) if before[m.score] != after[m.score])
