"""What a report may show of single customers: small groups withheld, ids as codes, no rows of customers unasked.

Applied to the finished context, the last step before it is rendered, so that no section and no template can forget it.
See `suppression` and `pseudonyms` for what each protects, and what not.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmcli.analysis.views import Kind
from crmcli.reporting.pseudonyms import Pseudonyms, read_key
from crmcli.reporting.suppression import CUSTOMERS, LEAST, suppress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from crmcli.notes import Note
    from crmcli.reporting.charts.picture import Picture
    from crmcli.reporting.context import Context

_COUNTS = (CUSTOMERS, "own_behaviour", "eligible")
"""Names under which pictures hold numbers of customers."""


_QUOTED = frozenset({"raw", "message"})
"""What an account of the input says of a bad row in its own words."""

_ID = "customer_id"
_MAPPING = "mapping"


@dataclass(frozen=True, slots=True)
class Protection:
    """What is withheld of a report.

    Attributes:
        least: customers from which on a group is shown.
        key: the key of pseudonyms, if ids are to be replaced.
        customer_rows: how many rows of customers a table may have; None where the report is about one customer.
        notes: what has to be said of it.
    """

    least: int = LEAST
    key: bytes | None = None
    customer_rows: int | None = None
    notes: tuple[Note, ...] = ()

    @classmethod
    def of(cls, *, least: int = LEAST, keyfile: str | None = None, customer_rows: int | None = None) -> Protection:
        """As the options say; to be made before any work, since a key may be missing.

        Raises:
            InputError: the key cannot be read.
            UsageError: it is no key.
        """
        if keyfile is None:
            return cls(least, None, customer_rows)
        key = read_key(Path(keyfile))
        return cls(least, key.value, customer_rows, key.notes)

    def applied(self, made: Context, ids: Iterable[str] = ()) -> tuple[dict[str, Any], dict[str, Picture]]:
        """The context and its pictures as they may be shown.

        Pictures in which groups of very few customers can be seen are left out, and None in the context.

        Args:
            made: the context with its pictures.
            ids: all ids of the run, which are looked for in texts as well.

        Raises:
            UsageError: two ids would get one code.
        """
        pictures = {name: picture for name, picture in made.pictures.items() if not self._shows_few(picture)}
        withheld = frozenset(made.pictures) - frozenset(pictures)
        data: dict[str, Any] = _mapped(made.data, lambda item: self._shown(item, withheld))
        if self.key is None:
            return data, pictures
        pseudonyms = Pseudonyms(self.key, [*ids, *_ids(data)])
        coded: dict[str, Any] = _coded(data, pseudonyms)
        return coded, {name: _coded_picture(picture, pseudonyms) for name, picture in pictures.items()}

    def redacted(self, data: dict[str, Any], ids: Iterable[str] = ()) -> dict[str, Any]:
        """Plain data of the facts file with ids as codes, and without rows quoted as they were read.

        Args:
            data: what would be written.
            ids: all ids of the run.

        Raises:
            UsageError: two ids would get one code.
        """
        if self.key is None:
            return data
        pseudonyms = Pseudonyms(self.key, [*ids, *_ids(data)])
        found: dict[str, Any] = _coded(_mapped(data, _without_quotes), pseudonyms)
        return found

    def _shown(self, item: dict[str, Any], withheld: frozenset[str]) -> dict[str, Any] | None:
        """A table with what may be shown of it, or None; pictures that are withheld are None as well.

        Every table tells by `withheld` how many of its rows have lost figures.
        """
        if not _is_table(item):
            return None if item.get("file") in withheld and "alt" in item else item
        item = {**item, "withheld": item.get("withheld", 0)}
        if self.customer_rows is not None and _id_places(item):
            return limited(item, self.customer_rows)
        if item.get("counted") and self.least > 1:
            return suppress(item, item["counted"], least=self.least, total_known=item.get("total_known", True))
        return item

    def _shows_few(self, picture: Picture) -> bool:
        return any(
            isinstance(count, int) and 0 < count < self.least
            for row in _rows(picture.spec)
            for count in (row.get(name) for name in _COUNTS)
        )


def limited(table: dict[str, Any], most: int) -> dict[str, Any] | None:
    """A table of customers with at most so many rows, the others among those omitted; None without any."""
    if not most:
        return None
    rows = table["rows"][:most]
    return {**table, "rows": rows, "omitted": table.get("omitted", 0) + len(table["rows"]) - len(rows)}


def _without_quotes(item: dict[str, Any]) -> dict[str, Any]:
    return {name: None if name in _QUOTED else value for name, value in item.items()}


def _is_table(item: Mapping[str, Any]) -> bool:
    return isinstance(item.get("columns"), list) and isinstance(item.get("rows"), list)


def _id_places(table: Mapping[str, Any]) -> list[int]:
    return [place for place, column in enumerate(table["columns"]) if column["kind"] == Kind.ID]


def _mapped(item: Any, change: Callable[[dict[str, Any]], Any]) -> Any:
    """The same data with every dict changed, from the inside out."""
    if isinstance(item, dict):
        return change({name: _mapped(value, change) for name, value in item.items()})
    return [_mapped(value, change) for value in item] if isinstance(item, list) else item


def _rows(item: Any) -> Iterable[Mapping[str, Any]]:
    """All dicts within some data, but for mappings of headings."""
    if isinstance(item, dict):
        yield item
        for name, value in item.items():
            yield from _rows(value) if name != _MAPPING else ()
    elif isinstance(item, list | tuple):
        for value in item:
            yield from _rows(value)


def _ids(data: Mapping[str, Any]) -> Iterable[str]:
    """Every id in a context."""
    for item in _rows(data):
        if _is_table(item):
            for place in _id_places(item):
                yield from (row[place] for row in item["rows"] if row[place] is not None)
        else:
            yield from (value for name, value in item.items() if _is_id(name) and isinstance(value, str))


def _is_id(name: object) -> bool:
    return str(name).replace("-", "_") == _ID


def _coded(item: Any, pseudonyms: Pseudonyms, name: str = "") -> Any:
    """The same data with ids replaced, in their own places and in texts; names of keys stay."""
    match item:
        case str():
            return pseudonyms.code(item) if _is_id(name) else pseudonyms.text(item)
        case dict() if _is_table(item):
            places = frozenset(_id_places(item))
            rows = [
                [_coded(cell, pseudonyms, _ID if at in places else "") for at, cell in enumerate(row)]
                for row in item["rows"]
            ]
            others = {key: _coded(value, pseudonyms) for key, value in item.items() if key not in {"rows", "columns"}}
            return {**item, **others, "rows": rows}
        case dict():
            # A setting has its value by another name; a mapping has headings, not ids.
            inner = {key: name if key == "value" and _is_id(name) else str(key) for key in item}
            return {
                key: value if key == _MAPPING else _coded(value, pseudonyms, inner[key]) for key, value in item.items()
            }
        case list():
            return [_coded(value, pseudonyms, name) for value in item]
    return item


def _coded_picture(picture: Picture, pseudonyms: Pseudonyms) -> Picture:
    return dataclasses.replace(
        picture,
        title=pseudonyms.text(picture.title),
        alt=pseudonyms.text(picture.alt),
        spec=_coded(picture.spec, pseudonyms),
    )
