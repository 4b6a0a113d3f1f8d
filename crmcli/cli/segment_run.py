"""What `crmcli segment` does once its arguments are parsed."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.analysis.calendar_periods import PERIODS, QUARTER
from crmcli.analysis.segment.abc import SCHEMES as ABC_SCHEMES
from crmcli.analysis.segment.analyse import analyse, fit_thresholds
from crmcli.analysis.segment.constants import parse_constants
from crmcli.analysis.segment.life import LifeOptions
from crmcli.analysis.segment.matrix import parse_cuts
from crmcli.analysis.segment.options import SegmentOptions
from crmcli.analysis.segment.rfm import Cuts, check_method
from crmcli.analysis.segment.rules_text import parse_rules
from crmcli.analysis.segment.schemes import SCHEMES, built_in
from crmcli.analysis.segment.threshold_text import parse_thresholds, thresholds_text
from crmcli.analysis.segment.value import CLV, VALUES
from crmcli.analysis.segment.views import SEGMENT_CATALOGUE
from crmcli.analysis.segment.views_movement import EXPLAIN
from crmcli.cli.context import FLAG
from crmcli.cli.option_files import read_text
from crmcli.cli.places import check_places, protecting_inputs
from crmcli.cli.progress import writing
from crmcli.cli.reading import delivery, facts_of, read_summary_and
from crmcli.cli.segment_inputs import MovementArguments, SegmentFiles, check_movement
from crmcli.cli.settings import effective_settings
from crmcli.customers.habits import COLUMNS as HABIT_COLUMNS
from crmcli.errors import UsageError, did_you_mean
from crmcli.present.emit import check, deliver, wanted_views, wants_facts
from crmcli.present.messages import print_notes
from crmcli.present.output import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.analysis.segment.rules import RuleSet
    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.present.emit import Delivery

CUT_METRICS = ("recency_days", "frequency", "monetary")
_LARGEST_CUT = 10**15
_ALL_ROWS = 10_000
_CUTS_EXAMPLE = "Example: --cuts recency_days=30,90,180,365 --cuts frequency=2,3,5,9 --cuts monetary=50,100,250,1000"

_BASIC = frozenset({"order_id", "quantity", "unit_price", "status", "currency", "cost"})
WANTED = _BASIC | HABIT_COLUMNS

_WITHOUT_HABITS = frozenset({"segments", "thresholds", "abc", "concentration", "stages", "periods", "migration"})
"""Views for which nobody need look at what customers buy and at which discount."""


@dataclass(frozen=True, slots=True)
class SegmentArguments:
    """The own options of `segment`, as given."""

    rfm_method: str
    scores: int
    cuts: tuple[str, ...]
    segments: str
    thresholds: str | None
    thresholds_out: str | None
    abc_by: str
    value: str | None
    period: str = QUARTER
    cut: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    movement: MovementArguments = field(default_factory=MovementArguments)


def run_segment(state: State, shared: SharedOptions, own: SegmentArguments) -> None:
    """Read, analyse, present.

    Raises:
        CrmcliError: anything that is expected to go wrong.
    """
    target = _delivery(shared, own.movement)
    check(target, SEGMENT_CATALOGUE, state.environment)
    _refuse_stdout(_outputs(shared, own))
    _refuse_idle_method(state, own)
    check_places(_outputs(shared, own), (*target.inputs, *map(Path, filter(None, (own.segments, own.thresholds)))))
    views = wanted_views(target, SEGMENT_CATALOGUE, state.environment)
    facts = wants_facts(target, state.environment)
    options = dataclasses.replace(segment_options(own), views=views, facts=facts)
    options = replace(options, movement=check_movement(own.movement, shared.files))
    options.check()
    files = SegmentFiles(state, shared, own.movement)
    only_basic = views <= _WITHOUT_HABITS and not (facts and own.movement.looks_at_groups())
    wanted = _BASIC if only_basic else WANTED
    summary, notes, of_lines = read_summary_and(state, shared, wanted, files.of_lines)
    options = files.read_into(options, of_lines, summary)
    target = protecting_inputs(target, notes)
    if options.value == CLV:
        from crmcli.cli.segment_value import with_clv  # noqa: PLC0415 — loads what fits models

        options = with_clv(options, summary, state)
    with state.progress("scoring"):
        result = analyse(summary, options)
    if own.thresholds_out:
        text = thresholds_text(fit_thresholds(summary, options))
        write_file(Path(own.thresholds_out), text.encode(), inputs=target.inputs)
    print_notes(state.environment, result.notes)
    settings = effective_settings(state, "segment", shared, _flat(own))
    with writing(state, target):
        deliver(result, target, state.environment, load=facts_of(notes), settings=settings)


def _delivery(shared: SharedOptions, movement: MovementArguments) -> Delivery:
    """Where the result goes; whoever asks for one customer sees that customer, in full."""
    target = delivery(shared)
    if movement.explain is not None and target.view is None:
        target = replace(target, view=EXPLAIN.name)
    if target.view == EXPLAIN.name and target.top is None:
        target = replace(target, top=_ALL_ROWS)
    return replace(target, inputs=(*target.inputs, *movement.files()))


def _flat(own: SegmentArguments) -> dict[str, object]:
    """All options by parameter, those of movement among the others."""
    values = dataclasses.asdict(own)
    return {**values, **values.pop("movement")}


def _outputs(shared: SharedOptions, own: SegmentArguments) -> dict[str, str | None]:
    return {
        "-o": shared.output,
        "--facts": shared.facts,
        "--rejects": shared.rejects,
        "--thresholds-out": own.thresholds_out,
    }


def _refuse_stdout(outputs: Mapping[str, str | None]) -> None:
    for flag in ("--rejects", "--thresholds-out"):
        if outputs[flag] == "-":
            raise UsageError(f"{flag} - : standard output is for the result", remedy=f"Name a file: {flag} FILE")


def _refuse_idle_method(state: State, own: SegmentArguments) -> None:
    """A flag that saved thresholds would leave without effect is a mistake; a setting that lies below them is none."""
    for name in ("rfm-method", "cuts") if own.thresholds else ():
        if state.origins.get(name) == FLAG:
            raise UsageError(
                f"--{name} has no effect beside --thresholds: saved thresholds say how every score is formed",
                remedy=f"Leave out --{name}, or score anew without --thresholds",
            )


def segment_options(own: SegmentArguments) -> SegmentOptions:
    """The options of the analysis.

    Raises:
        UsageError: a value that does not parse, or a file of rules or thresholds that cannot be used.
    """
    cuts = _cuts(own.cuts)
    if own.thresholds_out and own.rfm_method == "ntile" and not own.thresholds:
        raise UsageError(
            "--thresholds-out cannot save ntile scores: they divide customers with equal values, which no limit can",
            remedy="Use --rfm-method crm",
        )
    check_method(own.rfm_method, own.scores, cuts)
    thresholds = None
    if own.thresholds:
        thresholds = parse_thresholds(read_text(own.thresholds, "--thresholds"), own.thresholds, scores=own.scores)
    return SegmentOptions(
        rfm_method=own.rfm_method,
        scores=own.scores,
        cuts=cuts,
        segments=_rule_set(own.segments, own.scores),
        thresholds=thresholds,
        abc_by=_known("--abc-by", own.abc_by, tuple(ABC_SCHEMES)),
        value=None if own.value is None else _known("--value", own.value, VALUES),
        life=_life_options(own),
    )


def _life_options(own: SegmentArguments) -> LifeOptions:
    named = dict(item.partition("=")[::2] for item in own.constants)
    return LifeOptions(
        period=_known("--period", own.period, PERIODS),
        cuts=parse_cuts(own.cut),
        constants=parse_constants({name.strip(): text for name, text in named.items()}),
    )


def _known(flag: str, name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise UsageError(f"{flag} {name!r} is none of {', '.join(known)}", remedy=did_you_mean(name, known))
    return name


def _rule_set(segments: str, scores: int) -> RuleSet:
    if segments in SCHEMES:
        return built_in(segments, scores)
    if not Path(segments).exists():
        raise UsageError(
            f"--segments {segments}: neither a built-in scheme nor a file",
            remedy=did_you_mean(segments, SCHEMES) or f"Built in: {', '.join(SCHEMES)}",
        )
    return parse_rules(read_text(segments, "--segments"), segments, scores)


def _cuts(items: tuple[str, ...]) -> Cuts | None:
    if not items:
        return None
    given: dict[str, tuple[Decimal, ...]] = {}
    for metric, cuts in map(_parsed_cuts, items):
        if metric in given:
            raise UsageError(f"--cuts names {metric} twice", remedy=_CUTS_EXAMPLE)
        given[metric] = cuts
    missing = [metric for metric in CUT_METRICS if metric not in given]
    if missing:
        raise UsageError(f"--cuts: {', '.join(missing)} is missing", remedy=_CUTS_EXAMPLE)
    return Cuts(
        recency_days=tuple(int(value) for value in given["recency_days"]),
        frequency=tuple(int(value) for value in given["frequency"]),
        monetary=given["monetary"],
    )


def _parsed_cuts(item: str) -> tuple[str, tuple[Decimal, ...]]:
    metric, _, values = item.partition("=")
    if metric not in CUT_METRICS:
        raise UsageError(
            f"--cuts {item!r}: unknown metric {metric!r}", remedy=did_you_mean(metric, CUT_METRICS) or _CUTS_EXAMPLE
        )
    try:
        cuts = tuple(Decimal(value.strip()) for value in values.split(","))
    except InvalidOperation:
        raise UsageError(f"--cuts {item!r} is not of the form METRIC=V,V,…", remedy=_CUTS_EXAMPLE) from None
    if not all(cut.is_finite() and abs(cut) < _LARGEST_CUT for cut in cuts):
        raise UsageError(f"--cuts {item!r}: the limits must be numbers below {_LARGEST_CUT:,}", remedy=_CUTS_EXAMPLE)
    if metric != "monetary" and not all(cut == int(cut) and cut >= 0 for cut in cuts):
        raise UsageError(f"--cuts {item!r}: {metric} takes whole numbers from 0", remedy=_CUTS_EXAMPLE)
    return metric, cuts
