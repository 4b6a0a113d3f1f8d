"""The `--facts` file of a report: every documented fact, what was said, what was read, the settings in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.reporting.facts import report_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmcli.reporting.material import Material

SCHEMA_VERSION = 1


def facts_document(
    material: Material, settings: Mapping[str, object], alerts: Mapping[str, Mapping[str, object]]
) -> dict[str, Any]:
    """What the file holds, as plain data for `document_json`.

    Args:
        material: the results.
        settings: the options in force.
        alerts: what became of each condition of `--fail-if`.
    """
    notes = {
        name: [{"code": note.code, "severity": str(note.severity), "text": note.text} for note in result.notes]
        for name, result in material.results.items()
    }
    return {
        "schema_version": SCHEMA_VERSION,
        "command": "report",
        "as_of": material.as_of,
        "compared_to": material.previous,
        "every": material.every,
        "facts": report_facts(material),
        "gaps": {name: note.text for name, note in material.gaps.items()},
        "alerts": dict(alerts),
        "notes": notes,
        "load": dict(material.load),
        "credit_load": None if material.credit_load is None else dict(material.credit_load),
        "settings": dict(settings),
    }
