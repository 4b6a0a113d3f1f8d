"""How the figures were made: dates, models, definitions, and every remark of the analyses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmcli import __version__
from crmcli.analysis.views import Kind
from crmcli.notes import Severity
from crmcli.reporting.tables import column, made

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmcli.reporting.material import Material
    from crmcli.reporting.words import Words

_COLUMNS = (column("item", Kind.TEXT), column("setting", Kind.TEXT))
_FACTS = (
    ("clv", "model"),
    ("clv", "value_basis"),
    ("clv", "horizon_days"),
    ("clv", "discount_rate_annual"),
    ("clv", "level"),
    ("churn", "published_model"),
    ("churn", "test_date"),
    ("churn", "auc"),
    ("churn", "auc_recency"),
    ("change", "lost_after_days"),
)


def method(material: Material, words: Words) -> dict[str, Any]:
    """`settings`, a table of what the figures rest on, and `remarks`, the notes of the analyses by their result.

    Warnings stand under the quality of data, and what is to be said of changes beside them: neither is said again.
    """
    return {
        "settings": made("settings", _COLUMNS, [list(row) for row in _settings(material, words)], words),
        "remarks": list(_remarks(material, words)),
        "version": __version__,
    }


def _remarks(material: Material, words: Words) -> Iterator[dict[str, Any]]:
    for name, result in material.results.items():
        texts = dict.fromkeys(note.text for note in result.notes if note.severity != Severity.WARNING)
        if texts and name != "change":
            yield {"about": words.text(f"results.{name}"), "texts": list(texts)}


def _settings(material: Material, words: Words) -> Iterator[tuple[str, str]]:
    yield words.text("method.version"), f"crmcli {__version__}"
    yield words.text("method.as_of"), words.cell(material.as_of, Kind.DATE)
    if material.previous is not None:
        yield words.text("method.previous"), words.cell(material.previous, Kind.DATE)
    yield words.text("method.generated_at"), material.generated_at
    for result, name in _FACTS:
        fact = material.fact(result, name)
        if fact is not None and fact.value is not None:
            yield words.text(f"method.{name}"), words.cell(fact.value, fact.kind)
