"""The context of the templates: everything a report says, as plain versioned data.

Version 1: dicts, lists, texts, whole and decimal numbers, dates, booleans and None; never frames, paths or callables.
docs/templates.md describes every key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.facts import report_facts
from crmcli.reporting.sections.campaigns import campaigns
from crmcli.reporting.sections.care import care
from crmcli.reporting.sections.changed import changed
from crmcli.reporting.sections.credit import credit
from crmcli.reporting.sections.customer import customer
from crmcli.reporting.sections.headline import headline
from crmcli.reporting.sections.method import method
from crmcli.reporting.sections.quality import quality
from crmcli.reporting.sections.retention import retention
from crmcli.reporting.sections.risk import risk
from crmcli.reporting.sections.segments import segments
from crmcli.reporting.sections.strategy import allocation, strategy
from crmcli.reporting.sections.value import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

VERSION = 1
"""Raised when a key of the context changes its name or meaning; new keys do not raise it."""

_SECTIONS: Mapping[str, Callable[[Material, Words], dict[str, Any] | None]] = {
    "headline": headline,
    "changed": changed,
    "segments": segments,
    "value": value,
    "retention": retention,
    "risk": risk,
    "credit": credit,
    "strategy": strategy,
    "allocation": allocation,
    "campaigns": campaigns,
    "care": care,
    "quality": quality,
    "method": method,
}


@dataclass(frozen=True, slots=True)
class Context:
    """What a template is given, and the pictures that it may show, by the name of their file."""

    data: dict[str, Any]
    pictures: Mapping[str, Picture]


def context(material: Material, words: Words, *, title: str | None = None) -> Context:
    """The context of a report, or of the page about one customer.

    Args:
        material: results of the analyses.
        words: the language of labels.
        title: of the report; None for the usual one.
    """
    about_one = material.customer_id is not None
    made: dict[str, Any] = dict.fromkeys((*_SECTIONS, "customer"))
    if about_one:
        made |= {"customer": customer(material, words), "method": method(material, words)}
    else:
        made |= {name: section(material, words) for name, section in _SECTIONS.items()}
    pictures: dict[str, Picture] = {}
    data = {
        "context_version": VERSION,
        "language": words.code,
        "title": title or words.text("report.customer_title" if about_one else "report.title"),
        "as_of": material.as_of,
        "previous": material.previous,
        "every": material.every,
        "generated_at": material.generated_at,
        "customer_id": material.customer_id,
        "least_group": material.least_group,
        "facts": report_facts(material),
        "gaps": {name: note.text for name, note in material.gaps.items()},
        **_plain(made, pictures),
    }
    return Context(data, pictures)


def _plain(item: Any, pictures: dict[str, Picture]) -> Any:
    """The same with each picture replaced by its description, and put among the pictures."""
    if isinstance(item, Picture):
        file = f"{item.id}.svg"
        pictures[file] = item
        return {"id": item.id, "title": item.title, "alt": item.alt, "file": file}
    if isinstance(item, dict):
        return {name: _plain(value, pictures) for name, value in item.items()}
    if isinstance(item, list):
        return [_plain(value, pictures) for value in item]
    return item
