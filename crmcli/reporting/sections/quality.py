"""What became of every row of the input, and how the files were understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind
from crmcli.notes import Severity
from crmcli.reporting.tables import column, made

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmcli.notes import Note
    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_ROWS = (column("rule", Kind.TEXT), column("rows", Kind.INTEGER, "rows"))
_FILES = (column("file", Kind.TEXT), column("kind", Kind.TEXT), column("rows", Kind.INTEGER, "rows"))
_MAPPING = (column("canonical", Kind.TEXT), column("heading", Kind.TEXT))
_DROPPED, _QUARANTINED = "dropped", "quarantined"


def quality(material: Material, words: Words) -> dict[str, Any]:
    """`rows` with their fate (they add up to the rows read), `files`, `mapping`, `warnings` of all, `gaps`."""
    load = material.load
    return {
        "rows": made("rows", _ROWS, _fates(load, words), words),
        "files": made("files", _FILES, _files(load), words),
        "mapping": made("mapping", _MAPPING, [list(pair) for pair in _mapping(load)], words),
        "warnings": [note["text"] for note in _notes(material) if note["severity"] == Severity.WARNING],
        "gaps": [_gap(name, note, words) for name, note in material.gaps.items() if note.severity == Severity.INFO],
        "rows_quarantined": load["rows_quarantined"],
    }


def _fates(load: Mapping[str, Any], words: Words) -> list[list[Any]]:
    return [
        [words.text("rows.used"), load["rows_used"]],
        *([_rule(rule, words), count] for rule, count in sorted(load[_DROPPED].items())),
        *([_rule(rule, words), count] for rule, count in sorted(load[_QUARANTINED].items())),
        [words.text("rows.read"), load["rows_read"]],
    ]


def _rule(rule: str, words: Words) -> str:
    return words.find(f"rules.{rule}") or rule.replace("_", " ")


def _files(load: Mapping[str, Any]) -> list[list[Any]]:
    return [[file["file"], file["kind"], file["rows"]] for file in load["files"]]


def _mapping(load: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Which heading was taken for what; once, where several files agree."""
    pairs = {
        (canonical, heading): None for layout in load["layouts"] for canonical, heading in layout["mapping"].items()
    }
    yield from pairs


def _gap(name: str, note: Note, words: Words) -> str:
    """Why a section is missing, under its name in the language of the report."""
    return words.text("text.gap", about=words.text(f"results.{name}"), reason=note.text.partition(": ")[2] or note.text)


def _notes(material: Material) -> Iterator[Mapping[str, str]]:
    """What was said about the input and by the analyses, each thing once."""
    said = {note["text"]: note for note in material.load.get("notes", ())}
    for gap in material.gaps.values():
        said[gap.text] = {"text": gap.text, "severity": str(gap.severity), "code": gap.code}
    for result in material.results.values():
        for note in result.notes:
            said[note.text] = {"text": note.text, "severity": str(note.severity), "code": note.code}
    yield from said.values()
