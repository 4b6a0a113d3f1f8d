"""Saved score thresholds as JSON text, and back with every field checked."""

from __future__ import annotations

import datetime as dt
import json
import re
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NoReturn, TypeGuard

from crmcli.analysis.segment.rfm import FEWEST_SCORES, METHODS, MOST_SCORES
from crmcli.analysis.segment.thresholds import METRICS, Thresholds
from crmcli.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.segment.thresholds import Metric, MetricValue

SCHEMA = "crmcli-rfm-thresholds"
SCHEMA_VERSION = 1

_FIELDS = ("schema", "schema_version", "method", "scores", "as_of", "worst")
# Wide enough for any sum of money or count, and safe to compare with 128-bit minor units and 64-bit integers.
_MONEY = re.compile(r"-?[0-9]{1,24}(\.[0-9]{1,24})?")
_LARGEST_INTEGER = 10**15


def thresholds_text(thresholds: Thresholds) -> str:
    """The thresholds as JSON: money as exact decimal strings, days and orders as integers, one line per metric."""
    document = {
        "schema": SCHEMA,
        "schema_version": SCHEMA_VERSION,
        "method": thresholds.method,
        "scores": thresholds.scores,
        "as_of": thresholds.as_of.isoformat(),
        "worst": {
            metric.name: {str(score): _plain(value) for score, value in sorted(thresholds.worst[metric.name].items())}
            for metric in METRICS
        },
    }
    return json.dumps(document, indent=2) + "\n"


def parse_thresholds(text: str, source: str, *, scores: int | None = None) -> Thresholds:
    """Thresholds from the text that `thresholds_text` wrote.

    Args:
        text: the JSON document.
        source: the file's name, for messages.
        scores: the k that the run asks for; None accepts the file's own.

    Raises:
        UsageError: not JSON, another kind or version of document, a missing, unknown or malformed field, thresholds
            that do not get better with the score, or another k. The message names the file and the field.
    """
    reader = _Reader(source)
    document = reader.fields(reader.json(text), "", _FIELDS)
    reader.check(document["schema"] == SCHEMA, "schema", f"is {document['schema']!r}, not {SCHEMA!r}")
    version = document["schema_version"]
    reader.check(version == SCHEMA_VERSION, "schema_version", f"is {version!r}; this crmcli reads {SCHEMA_VERSION}")
    k = reader.scores(document["scores"], scores)
    worst = reader.fields(document["worst"], "worst", tuple(metric.name for metric in METRICS))
    return Thresholds(
        method=reader.method(document["method"]),
        scores=k,
        as_of=reader.date(document["as_of"]),
        worst={metric.name: reader.metric(worst[metric.name], metric, k) for metric in METRICS},
    )


def _plain(value: MetricValue) -> int | str:
    return format(value, "f") if isinstance(value, Decimal) else value


class _Reader:
    """Checks of one document, each failure naming the file and the field."""

    def __init__(self, source: str) -> None:
        self.source = source

    def fail(self, field: str, problem: str, remedy: str | None = None) -> NoReturn:
        where = f"field {field!r} " if field else ""
        raise UsageError(f"{self.source}: {where}{problem}.", remedy=remedy)

    def check(self, holds: bool, field: str, problem: str) -> None:  # noqa: FBT001 — the condition is the subject
        if not holds:
            self.fail(field, problem)

    def json(self, text: str) -> object:
        try:
            return json.loads(text)
        except ValueError as error:
            self.fail("", f"is not JSON ({error})", "Write the file anew with --thresholds-out.")

    def fields(self, value: object, field: str, known: tuple[str, ...]) -> dict[str, object]:
        """An object with exactly the known keys."""
        if not isinstance(value, dict):
            self.fail(field, "must be a JSON object" if field else "must hold a JSON object")
        prefix = f"{field}." if field else ""
        for name in value:
            if name not in known:
                self.fail(prefix + name, "is unknown", did_you_mean(name, known))
        for name in known:
            self.check(name in value, prefix + name, "is missing")
        return value

    def scores(self, value: object, wanted: int | None) -> int:
        if not _is_integer(value) or not FEWEST_SCORES <= value <= MOST_SCORES:
            self.fail("scores", f"must be an integer from {FEWEST_SCORES} to {MOST_SCORES}, not {value!r}")
        if wanted is not None and value != wanted:
            self.fail("scores", f"is {value}, but the run asks for {wanted}", f"Use --scores {value}, or fit anew.")
        return value

    def method(self, value: object) -> str:
        if not isinstance(value, str) or value not in METHODS:
            self.fail("method", f"must be one of {', '.join(METHODS)}, not {value!r}")
        return value

    def date(self, value: object) -> dt.date:
        try:
            return dt.date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            self.fail("as_of", f"must be a date like 2024-12-31, not {value!r}")

    def metric(self, value: object, metric: Metric, scores: int) -> Mapping[int, MetricValue]:
        """The thresholds of one metric, none of them worse than that of a lower score."""
        field = f"worst.{metric.name}"
        keys = tuple(str(score) for score in range(1, scores + 1))
        if not isinstance(value, dict) or not value:
            self.fail(field, "must be a JSON object of thresholds by score")
        for name in value:
            self.check(name in keys, f"{field}.{name}", f"is no score; scores are 1 to {scores}")
        worst = {int(name): self.threshold(value[name], metric, f"{field}.{name}") for name in keys if name in value}
        for (lower, worse), (upper, better) in pairwise(worst.items()):
            in_order = worse >= better if metric.is_recency else worse <= better
            self.check(in_order, field, f"is worse for score {upper} ({better}) than for score {lower} ({worse})")
        return worst

    def threshold(self, value: object, metric: Metric, field: str) -> MetricValue:
        if metric.is_money:
            if not isinstance(value, str) or _MONEY.fullmatch(value) is None:
                self.fail(field, f'must be an amount in quotes like "12.34", not {value!r}')
            return Decimal(value)
        if not _is_integer(value) or not 0 <= value <= _LARGEST_INTEGER:
            self.fail(field, f"must be an integer from 0 on, not {value!r}")
        return value


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
