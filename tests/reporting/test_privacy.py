"""A finished context is shown with nothing of single customers that was not asked for."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.errors import InputError
from crmcli.reporting.charts.picture import Picture
from crmcli.reporting.context import Context
from crmcli.reporting.privacy import Protection, limited
from crmcli.reporting.pseudonyms import Pseudonyms

if TYPE_CHECKING:
    from pathlib import Path

KEY = b"0123456789abcdef"
CODES = Pseudonyms(KEY)


def column(name: str, kind: str, unit: str = "") -> dict[str, str]:
    return {"name": name, "label": name, "kind": kind, "unit": unit}


def listed(ids: list[str]) -> dict[str, Any]:
    """A table of customers."""
    rows = [[one, Decimal(10), dt.date(2024, 1, 1), None, True] for one in ids]
    columns = [column("customer_id", "id"), column("revenue", "money"), column("last", "date")]
    columns += [column("referred_by", "id"), column("lost", "boolean")]
    return {"id": "list", "columns": columns, "rows": rows, "omitted": 3, "counted": None, "withheld": 0}


def grouped(counts: list[int]) -> dict[str, Any]:
    columns = [column("segment", "text"), column("customers", "integer", "customers"), column("revenue", "money")]
    rows = [[f"s{place}", count, Decimal(count)] for place, count in enumerate(counts)]
    return {"id": "groups", "columns": columns, "rows": rows, "omitted": 0, "counted": "customers", "withheld": 0}


def picture(name: str, rows: list[dict[str, Any]], alt: str = "alt") -> Picture:
    return Picture(name, "title", alt, {"layer": [{"data": {"values": rows}}]})


def context(*pictures: Picture, **data: Any) -> Context:
    described = [{"id": one.id, "title": one.title, "alt": one.alt, "file": f"{one.id}.svg"} for one in pictures]
    return Context({**data, "pictures": described}, {f"{one.id}.svg": one for one in pictures})


def test_small_groups_are_withheld_wherever_a_table_stands() -> None:
    made = context(deep={"er": [{"table": grouped([20, 3, 9])}]}, other=listed(["a"]))
    data, _ = Protection().applied(made)
    assert [row[1] for row in data["deep"]["er"][0]["table"]["rows"]] == [20, "<5", None]
    assert data["other"] == listed(["a"])
    assert made.data["deep"]["er"][0]["table"] == grouped([20, 3, 9])
    assert Protection(least=1).applied(made)[0] == made.data
    periods = context(table={**grouped([20, 3, 9]), "total_known": False})
    assert [row[1] for row in Protection().applied(periods)[0]["table"]["rows"]] == [20, "<5", 9]


def test_a_picture_of_small_groups_is_left_out() -> None:
    fine = picture("fine", [{"segment": "a", "customers": 5}, {"segment": "b", "customers": 0}])
    small = picture("small", [{"segment": "a", "customers": 4}])
    data, pictures = Protection().applied(context(fine, small))
    assert list(pictures) == ["fine.svg"]
    assert [None if one is None else one["id"] for one in data["pictures"]] == ["fine", None]
    assert list(Protection(least=4).applied(context(fine, small))[1]) == ["fine.svg", "small.svg"]


def test_rows_of_customers_are_shown_as_far_as_asked_for() -> None:
    made = context(table=listed(["a", "b", "c"]), groups=grouped([8, 9]))
    assert Protection(customer_rows=0).applied(made)[0]["table"] is None
    cut = Protection(customer_rows=2).applied(made)[0]
    assert [row[0] for row in cut["table"]["rows"]] == ["a", "b"]
    assert cut["table"]["omitted"] == 4
    assert cut["groups"] == grouped([8, 9])
    assert limited(listed(["a"]), 5) == listed(["a"])


def test_every_id_becomes_its_code_in_tables_single_values_texts_and_pictures() -> None:
    made = context(
        picture("p", [{"customer_id": "C7", "day": 3}], alt="What C7 bought."),
        table=listed(["C7", "17850"]),
        customer_id="C7",
        warnings=["customer '17850' has two rows"],
        facts={"customers": 2, "revenue": Decimal("1.50")},
    )
    data, pictures = Protection(key=KEY).applied(made, ["C7", "17850", "silent"])
    assert [row[0] for row in data["table"]["rows"]] == [CODES.code("C7"), CODES.code("17850")]
    assert data["table"]["rows"][0][1:] == [Decimal(10), dt.date(2024, 1, 1), None, True]
    assert data["table"]["columns"] == listed([])["columns"]
    assert data["customer_id"] == CODES.code("C7")
    assert data["warnings"] == [f"customer '{CODES.code('17850')}' has two rows"]
    assert data["facts"] == {"customers": 2, "revenue": Decimal("1.50")}
    assert pictures["p.svg"].alt == f"What {CODES.code('C7')} bought."
    assert data["pictures"][0]["alt"] == pictures["p.svg"].alt
    assert "C7" not in repr(pictures["p.svg"].spec)
    assert Protection().applied(made)[0]["table"] == listed(["C7", "17850"])


IDS = st.lists(st.text("QXZ0189-_#", min_size=5, max_size=9), min_size=1, max_size=6, unique=True)


@given(IDS, st.data())
def test_no_id_occurs_anywhere_in_what_is_shown(ids: list[str], data: st.DataObject) -> None:
    named = data.draw(st.sampled_from(ids))
    made = context(
        picture("p", [{"customer_id": named}], alt=f"The best is {named}."),
        table=listed(ids),
        nested=[{"deep": listed(ids[:1])}, {"customer_id": named}],
        texts=[f"'{one}' and {one}, too" for one in ids],
    )
    shown, pictures = Protection(key=KEY).applied(made, [*ids, "never seen"])
    everything = repr((shown, pictures))
    assert [one for one in ids if one in everything] == []
    assert all(CODES.code(one) in everything for one in ids)


def test_the_facts_file_loses_ids_and_quoted_rows() -> None:
    document = {
        "settings": {"customer-id": {"value": "7", "from": "flag"}, "top": {"value": 3}},
        "layouts": [{"mapping": {"customer_id": "Buyer", "date": "C9"}}],
        "load": {"bad_rows": [{"line": 3, "raw": "C9,2024-01-01", "message": "'C9' is no date", "code": "DATE"}]},
        "notes": ["'C9' was read"],
    }
    found = Protection(key=KEY).redacted(document, ["7", "C9"])
    assert found["layouts"] == document["layouts"], "headings are no ids"
    assert "C9" not in json.dumps(found).replace('"date": "C9"', "")
    assert found["load"]["bad_rows"][0]["line"] == 3
    assert found["settings"] == {"customer-id": {"value": CODES.code("7"), "from": "flag"}, "top": {"value": 3}}
    assert Protection().redacted(document) is document


def test_the_options_make_a_protection(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_bytes(KEY + b"\n")
    path.chmod(0o644)
    made = Protection.of(least=7, keyfile=str(path), customer_rows=2)
    assert (made.least, made.key, made.customer_rows) == (7, KEY, 2)
    assert [note.code for note in made.notes] == ["key_exposed"]
    assert Protection.of() == Protection()
    with pytest.raises(InputError):
        Protection.of(keyfile=str(tmp_path / "absent"))
