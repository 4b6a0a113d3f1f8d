"""What `crmcli report` does once its arguments are parsed."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crmcli.cli.report_analyses import gather
from crmcli.cli.report_options import HTML, check, churn_options, clv_options, template_of
from crmcli.cli.report_outputs import Outputs, write_shipped
from crmcli.cli.settings import effective_settings
from crmcli.errors import AlertError, TooLittleDataError, UsageError
from crmcli.locking import held
from crmcli.notes import info
from crmcli.present.facts import document_json
from crmcli.present.messages import print_notes
from crmcli.reporting.alerts import Outcome, parse
from crmcli.reporting.context import context
from crmcli.reporting.facts import FACT_NAMES, report_facts
from crmcli.reporting.facts_file import facts_document
from crmcli.reporting.html import page
from crmcli.reporting.language import load_language
from crmcli.reporting.pictures import svg
from crmcli.reporting.privacy import Protection
from crmcli.reporting.render import check as check_template
from crmcli.reporting.render import render
from crmcli.reporting.roots import choose

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.cli.context import State
    from crmcli.cli.options import SharedOptions
    from crmcli.cli.report_options import ReportArguments
    from crmcli.reporting.alerts import Condition, Verdict
    from crmcli.reporting.material import Material
    from crmcli.reporting.roots import Choice

_EPOCH = "SOURCE_DATE_EPOCH"


def run_report(state: State, shared: SharedOptions, own: ReportArguments) -> None:
    """Read, analyse, write; then judge the conditions of `--fail-if`.

    Raises:
        CrmcliError: anything that is expected to go wrong.
        AlertError: a condition is true; everything has been written by then.
    """
    shared = dataclasses.replace(shared, files=shared.files or [])
    if own.eject is not None:
        written = write_shipped(Path(own.eject))
        print_notes(state.environment, [info("ejected", f"Wrote {', '.join(written)} to {own.eject}")])
        return
    plan = _planned(shared, own)
    print_notes(state.environment, plan.protection.notes)
    path = plan.outputs.path
    with held(path) if own.lock and path is not None else contextlib.nullcontext():
        material = gather(state, shared, own, plan.generated_at)
        plan = dataclasses.replace(plan, outputs=plan.outputs.protecting(material.files_read()))
        with state.progress("writing"):
            _write(state, own, plan, material)
        verdicts = {condition.text: condition.judge(report_facts(material)) for condition in plan.conditions}
        settings = effective_settings(state, "report", shared, dataclasses.asdict(own))
        facts = facts_document(material, settings, _plain(verdicts))
        shown = plan.protection.redacted(facts, material.summary.frame["customer_id"])
        plan.outputs.write_facts(document_json(shown), state.environment)
    _raise_alerts(verdicts)


@dataclass(frozen=True, slots=True)
class _Plan:
    """All that is settled before anything is read."""

    outputs: Outputs
    choice: Choice
    protection: Protection
    conditions: tuple[Condition, ...]
    generated_at: str | None


def _planned(shared: SharedOptions, own: ReportArguments) -> _Plan:
    """Refuse before any work what would be refused after it.

    Raises:
        CrmcliError: an option that does not parse or fit, a template, a key or an output that cannot be used.
    """
    check(shared, own)
    clv_options(own)
    churn_options(own)
    conditions = tuple(parse(text, FACT_NAMES) for text in own.fail_if)
    generated_at = _generated_at(os.environ)
    rows = own.include_customers if own.customer_id is None else None
    protection = Protection.of(least=own.min_group, keyfile=own.pseudonymise, customer_rows=rows)
    choice = choose(template_of(own), tuple(map(Path, own.template_dir)))
    check_template(choice, load_language(own.lang, choice.roots))
    outputs = Outputs.of(shared, own)
    outputs.check(shared.rejects)
    return _Plan(outputs, choice, protection, conditions, generated_at)


def _write(state: State, own: ReportArguments, plan: _Plan, material: Material) -> None:
    """Put the material into words and pictures, and write them."""
    roots, scale = plan.choice.roots, material.summary.money_scale
    language = load_language(own.lang, roots, money_scale=scale, currency=_currency(material))
    made = context(material, language, title=own.title)
    data, pictures = plan.protection.applied(made, material.summary.frame["customer_id"])
    drawn = {name: svg(picture) for name, picture in pictures.items()} if own.pictures else {}
    data["picture_sources"] = plan.outputs.sources(drawn, embed=own.embed)
    text = render(data, plan.choice, language)
    if plan.outputs.target == HTML:
        text = page(text, title=data["title"], language=language, pictures=drawn, roots=roots)
    plan.outputs.write(text, drawn, state.environment)


def _currency(material: Material) -> str | None:
    """The currency of the transactions, where their file names one."""
    return material.load.get("currency") or None


def _generated_at(environ: Mapping[str, str]) -> str | None:
    """The moment that SOURCE_DATE_EPOCH names; the clock is never asked, so that a report can be made again.

    Raises:
        UsageError: it is no number of seconds.
    """
    text = environ.get(_EPOCH)
    if not text:
        return None
    try:
        return dt.datetime.fromtimestamp(int(text), dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (ValueError, OverflowError, OSError):
        raise UsageError(f"{_EPOCH}={text!r} is no number of seconds since 1970.") from None


def _plain(verdicts: Mapping[str, Verdict]) -> dict[str, dict[str, object]]:
    return {text: {"outcome": str(one.outcome), "because": one.line} for text, one in verdicts.items()}


def _raise_alerts(verdicts: Mapping[str, Verdict]) -> None:
    """End with the alerts that are true, else with a condition that could not be judged: silence would be a lie.

    Raises:
        AlertError: a condition is true.
        TooLittleDataError: none is, but one cannot be judged.
    """
    true = [f"{text}: {one.line}" for text, one in verdicts.items() if one.outcome is Outcome.TRUE]
    open_ones = [f"{text}: {one.line}" for text, one in verdicts.items() if one.outcome is Outcome.UNJUDGED]
    if true:
        raise AlertError(f"{true[0]}.", extent="; ".join([*true[1:], *open_ones]) or None)
    if open_ones:
        raise TooLittleDataError(
            f"--fail-if {open_ones[0]}.", remedy="The report is written; this input does not give these facts."
        )
