from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.analysis.segment.constants import Constants
from crmcli.analysis.segment.loyalty_types import EVIDENCE, LOYALTY_TYPES, classify, loyalty_table, missing_columns

REPEAT = {"repeats": 2, "late": 2.0}
ONCE = {"repeats": 1, "late": 0.5}
LATE = {"repeats": 9, "late": 2.01}
PLAIN = {"promoted": 0.0, "discounted": 0.0, "no_alternative": False}
MANY, FEW = {"categories": 3}, {"categories": 2}


def evidence(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame([{name: row.get(name) for name in EVIDENCE} for row in rows], schema=EVIDENCE)


def types_of(*rows: dict[str, Any], constants: Constants | None = None) -> list[tuple[str, str, bool]]:
    """The types of some customers, among repeat customers whose median number of categories is 3."""
    benchmark = [{**REPEAT, **PLAIN, "categories": 3}] * 11
    found = classify(evidence(*rows, *benchmark), constants or Constants())
    return found.head(len(rows)).rows()


CASES = [
    ("no alternative", REPEAT | PLAIN | MANY | {"no_alternative": True}, ("monopoly", "repeat;no_alternative", False)),
    ("promotions", REPEAT | PLAIN | MANY | {"promoted": 0.5}, ("incentive", "repeat;promotions", False)),
    ("fewer promotions", REPEAT | PLAIN | MANY | {"promoted": 0.49}, ("super_value", "repeat;attached;proxy", True)),
    ("discounts, once", ONCE | PLAIN | MANY | {"discounted": 0.5}, ("price", "not_repeat;discounts", False)),
    ("discounts, but late", LATE | PLAIN | MANY | {"discounted": 1.0}, ("price", "not_repeat;discounts", False)),
    ("attached and repeat", REPEAT | PLAIN | MANY, ("super_value", "repeat;attached;proxy", True)),
    ("repeat, few categories", REPEAT | PLAIN | FEW, ("inertia", "repeat;not_attached;proxy", True)),
    (
        "repeat, at discounts",
        REPEAT | PLAIN | MANY | {"discounted": 0.5},
        ("inertia", "repeat;not_attached;proxy", True),
    ),
    ("attached, once", ONCE | PLAIN | MANY, ("latent", "not_repeat;attached;proxy", True)),
    ("attached, late", LATE | PLAIN | MANY, ("latent", "not_repeat;attached;proxy", True)),
    ("nothing holds", ONCE | PLAIN | FEW, ("unclassified", "not_repeat;not_attached;proxy", True)),
    (
        "no alternative, once",
        ONCE | PLAIN | FEW | {"no_alternative": True},
        ("unclassified", "not_repeat;not_attached;proxy", True),
    ),
]


@pytest.mark.parametrize(("row", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_each_type(row: dict[str, Any], expected: tuple[str, str, bool]) -> None:
    assert types_of(row) == [expected]


def test_every_type_is_in_the_cases() -> None:
    assert {case[2][0] for case in CASES} == set(LOYALTY_TYPES)


def test_a_survey_beats_the_proxy() -> None:
    # The median of the answers is 4: who gave at least that is attached, whatever else they buy.
    rows = [
        REPEAT | PLAIN | FEW | {"attachment": 5.0},
        REPEAT | PLAIN | MANY | {"attachment": 3.0},
        ONCE | PLAIN | FEW | {"attachment": 4.0},
    ]
    assert types_of(*rows, REPEAT | PLAIN | FEW) == [
        ("super_value", "repeat;attached", False),
        ("inertia", "repeat;not_attached", False),
        ("latent", "not_repeat;attached", False),
        ("inertia", "repeat;not_attached;proxy", True),
    ]
    assert types_of(*rows, constants=Constants(attachment_cut=5))[2][0] == "unclassified"


UNKNOWN = [
    ("nothing known, repeat", REPEAT, "unclassified", "repeat;needs_promotion;needs_discount;needs_category"),
    ("nothing known, once", ONCE, "unclassified", "not_repeat;needs_discount;needs_category"),
    ("no pool of gaps", {"repeats": 5}, "unclassified", "not_repeat;needs_discount;needs_category"),
]


@pytest.mark.parametrize(("row", "kind", "rule"), [case[1:] for case in UNKNOWN], ids=[case[0] for case in UNKNOWN])
def test_what_cannot_be_known_is_not_guessed(row: dict[str, Any], kind: str, rule: str) -> None:
    alone = evidence(row)
    assert classify(alone, Constants()).row(0) == (kind, rule, False)
    assert missing_columns(alone) == ("promotion", "discount", "category")


def without(column: str, *rows: dict[str, Any]) -> list[tuple[str, str, bool]]:
    benchmark = [{**REPEAT, **PLAIN, "categories": 3}] * 11
    told = [{name: value for name, value in row.items() if name != column} for row in (*rows, *benchmark)]
    return classify(evidence(*told), Constants()).head(len(rows)).rows()


def test_without_discounts_few_categories_still_show_inertia() -> None:
    assert without(
        "discounted", REPEAT | PLAIN | FEW, REPEAT | PLAIN | MANY, ONCE | PLAIN | MANY, ONCE | PLAIN | FEW
    ) == [
        ("inertia", "repeat;not_attached;proxy", True),
        ("unclassified", "repeat;needs_discount", False),
        ("unclassified", "not_repeat;needs_discount", False),
        ("unclassified", "not_repeat;not_attached;proxy;needs_discount", True),
    ]


def test_without_categories_heavy_discounts_still_show_inertia() -> None:
    heavy = {"discounted": 0.9}
    assert without("categories", REPEAT | PLAIN | MANY | heavy, REPEAT | PLAIN | MANY, ONCE | PLAIN | MANY | heavy) == [
        ("inertia", "repeat;not_attached;proxy", True),
        ("unclassified", "repeat;needs_category", False),
        ("price", "not_repeat;discounts", False),
    ]


def test_without_promotions_attachment_decides() -> None:
    assert without("promoted", REPEAT | PLAIN | MANY)[0][0] == "super_value"


def test_without_repeat_customers_there_is_nothing_to_compare_categories_with() -> None:
    found = classify(evidence(ONCE | PLAIN | MANY), Constants())
    assert found.row(0) == ("unclassified", "not_repeat", False)


def test_the_table() -> None:
    rows = evidence(
        REPEAT | PLAIN | MANY, REPEAT | PLAIN | FEW, ONCE | PLAIN | MANY, ONCE | PLAIN | FEW | {"attachment": 1.0}
    )
    rows = rows.with_columns(no_alternative=pl.lit(None, pl.Boolean))
    customers = classify(rows, Constants()).with_columns(
        loyalty_index=pl.Series([80.0, 60.0, 40.0, None]),
        monetary=pl.Series([Decimal(n) for n in (5, 4, 3, 2)], dtype=pl.Decimal(38, 2)),
    )
    table = loyalty_table(customers, rows, 2)
    assert table.rows() == [
        ("monopoly", None, None, None, None, None),
        ("incentive", 0, 0.0, Decimal("0.00"), None, None),
        ("price", 0, 0.0, Decimal("0.00"), None, None),
        ("super_value", 1, 0.25, Decimal("5.00"), 80.0, True),
        ("inertia", 1, 0.25, Decimal("4.00"), 60.0, True),
        ("latent", 1, 0.25, Decimal("2.00"), None, False),
        ("latent", 1, 0.25, Decimal("3.00"), 40.0, True),
        ("unclassified", 0, 0.0, Decimal("0.00"), None, None),
    ]


PIECES = st.fixed_dictionaries(
    {
        "repeats": st.integers(0, 5),
        "late": st.none() | st.sampled_from([0.0, 1.0, 2.0, 2.5]),
        "promoted": st.none() | st.sampled_from([0.0, 0.4, 0.5, 1.0]),
        "discounted": st.none() | st.sampled_from([0.0, 0.4, 0.5, 1.0]),
        "categories": st.none() | st.integers(0, 5),
        "attachment": st.none() | st.integers(1, 5).map(float),
        "no_alternative": st.none() | st.booleans(),
    }
)


@settings(deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=12))
def test_every_customer_has_one_type_and_counts_add_up(rows: list[dict[str, Any]]) -> None:
    told = evidence(*rows)
    found = classify(told, Constants())
    assert set(found["loyalty_type"]) <= set(LOYALTY_TYPES)
    assert found["proxy"].null_count() == found["loyalty_rule"].null_count() == 0
    money = pl.Series([Decimal(1)] * len(rows), dtype=pl.Decimal(38, 2))
    table = loyalty_table(found.with_columns(loyalty_index=pl.lit(50.0), monetary=money), told, 2)
    assert table["customers"].sum() == len(rows)


@settings(deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=12))
def test_knowing_less_never_gives_another_type_than_unclassified_where_attachment_decided(
    rows: list[dict[str, Any]],
) -> None:
    """Hiding categories and discounts may unsettle a type by attachment, but never turns it into its opposite."""
    full = classify(evidence(*rows), Constants())["loyalty_type"]
    hidden = [{**row, "categories": None, "discounted": None} for row in rows]
    less = classify(evidence(*hidden), Constants())["loyalty_type"]
    opposite = {("super_value", "inertia"), ("inertia", "super_value")}
    assert not opposite & set(zip(full, less, strict=True))
