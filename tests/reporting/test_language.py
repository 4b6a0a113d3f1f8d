"""Labels and figures in both languages."""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmcli.analysis.views import Kind
from crmcli.errors import InternalError, UsageError
from crmcli.reporting.language import LANGUAGES, Language, is_numeric, load_language, parse_labels
from crmcli.reporting.roots import Roots, shipped_folder

if TYPE_CHECKING:
    from pathlib import Path

LABELS = {
    "words.yes": "yes",
    "words.no": "no",
    "moved": "{count} moved on {day}",
    "customers.one": "{count} customer",
    "customers.other": "{count} customers",
}
EN = Language("en", LABELS, "labels.en.toml", currency="GBP")
ZH = Language("zh", LABELS | {"words.yes": "是", "words.no": "否"}, "labels.zh.toml", currency="CNY")
DAY = dt.date(2026, 1, 5)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Decimal("1234.5"), "£1,234.50"),
        (Decimal("-1234.50"), "−£1,234.50"),
        (Decimal("-0.001"), ">−£0.01"),
        (Decimal("0.001"), "<£0.01"),
        (Decimal("-0.00"), "£0.00"),
        (Decimal("NaN"), "–"),
        (Decimal("1e999999"), "£1.000e+999999"),
        (None, "–"),
        (12, "£12.00"),
    ],
)
def test_money_in_a_sentence(value: Decimal | int | None, text: str) -> None:
    assert EN.money(value) == text


@pytest.mark.parametrize(
    ("currency", "english", "chinese"),
    [
        ("GBP", "£5", "£5"),
        ("CNY", "CN¥5", "¥5"),
        ("USD", "$5", "US$5"),
        ("jpy", "¥5", "JP¥5"),
        ("CHF", "CHF\xa05", "CHF\xa05"),
    ],
)
def test_signs_of_currencies_are_not_ambiguous(currency: str, english: str, chinese: str) -> None:
    shown = [Language(code, LABELS, "x", currency=currency).money(Decimal(5), 0) for code in LANGUAGES]
    assert shown == [english, chinese]


def test_money_of_an_unknown_currency_is_a_bare_figure() -> None:
    assert Language("en", LABELS, "x", money_scale=0).money(Decimal(-1234)) == "−1,234"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234, "12.3%"), (1.0, "100.0%"), (0.99996, ">99.9%"), (0.9994, "99.9%"), (0.0, "0.0%"), (0.0001, "<0.1%"),
     (-0.5, "−50.0%"), (-0.0001, ">−0.1%"), (12.5, "1,250.0%"), (None, "–"), (math.nan, "–"), (math.inf, "–"),
     (1, "100.0%")],
)  # fmt: skip
def test_shares(value: float | None, text: str) -> None:
    assert EN.share(value) == text


def test_a_share_without_decimals() -> None:
    assert [EN.share(value, 0) for value in (0.004, 0.126, 0.996, 1.0)] == ["<1%", "13%", ">99%", "100%"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (1e6, "1,000,000"),
        (12.3456, "12.35"),
        (0.000123, "0.000123"),
        (-2.5, "−2.5"),
        (1e300, "1.000e+300"),
    ],
)
def test_numbers_by_their_significant_digits(value: float, text: str) -> None:
    assert EN.number(value) == text


def test_changes_carry_their_sign() -> None:
    assert EN.money(Decimal(5), sign=True) == "+£5.00"
    assert EN.integer(-3, sign=True) == "−3"
    assert EN.share(0.05, sign=True) == "+5.0%"
    assert EN.number(0, 1, sign=True) == "0.0"


def test_dates() -> None:
    assert [EN.date(DAY), ZH.date(DAY), EN.date(None)] == ["2026-01-05", "2026年1月5日", "–"]
    assert [EN.cell(DAY, Kind.DATE), ZH.cell(DAY, "date")] == ["2026-01-05"] * 2


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [(True, Kind.BOOLEAN, "yes"), ("a;b", Kind.FLAGS, "a; b"), ("007\x1b", Kind.ID, "007␛"), (None, Kind.TEXT, "–"),
     (Decimal("1.5"), Kind.MONEY, "1.50"), (0.5, Kind.SHARE, "50.0%"), (5, Kind.INTEGER, "5"),
     ("about 5", Kind.MONEY, "about 5"),     (0.25, Kind.NUMBER, "0.25")],
)  # fmt: skip
def test_cells_by_their_kind(value: Any, kind: Kind, text: str) -> None:
    assert EN.cell(value, kind) == text
    assert EN.cell(value, str(kind)) == text


def test_a_column_of_numbers_has_the_same_decimals() -> None:
    columns = [{"kind": "text"}, {"kind": "number"}, {"kind": "money"}, {"kind": "number"}]
    rows: list[list[object]] = [["a", 1.5, Decimal(2), "≈ 3"], ["b", 22.25, None, 1.5]]
    rows.append(["c", None, Decimal("-1.1"), None])
    assert EN.cells(columns, rows) == [
        ["a", "1.50", "2.00", "≈ 3"],
        ["b", "22.25", "–", "1.5"],
        ["c", "–", "−1.10", "–"],
    ]
    assert EN.cells(columns, []) == []


def test_objects_are_no_cells() -> None:
    with pytest.raises(InternalError, match="list"):
        EN.cell([1], Kind.TEXT)


def test_labels_are_filled_in_the_way_of_the_language() -> None:
    assert EN.text("moved", count=1234, day=DAY) == "1,234 moved on 2026-01-05"
    assert ZH.text("moved", count=1234, day=DAY) == "1,234 moved on 2026年1月5日"
    assert EN.text("moved", count=Decimal(-1), day=True) == "−£1.00 moved on yes"


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert EN.text("moved", count="{day}", day="{count}\x1b") == "{day} moved on {count}␛"


def test_plurals() -> None:
    assert [EN.plural("customers", n) for n in (0, 1, 2000)] == ["0 customers", "1 customer", "2,000 customers"]
    assert ZH.plural("customers", 1) == "1 customers"


def test_a_missing_label_names_itself_its_file_and_its_like() -> None:
    with pytest.raises(UsageError) as caught:
        EN.text("customer.one")
    assert caught.value.lines() == ["labels.en.toml has no label 'customer.one'.", "Did you mean 'customers.one'?"]
    assert EN.find("customer.one") is None


def test_a_missing_value_names_its_label() -> None:
    with pytest.raises(InternalError) as caught:
        EN.text("moved", count=1)
    assert caught.value.lines() == ["labels.en.toml: moved asks for {day}, which is not given.", "Given are: count."]


def test_ones_own_folder_replaces_single_labels(tmp_path: Path) -> None:
    (tmp_path / "labels.en.toml").write_text('[words]\nyes = "aye"\n[my]\nown = "x"\n', encoding="utf-8")
    language = load_language("en", Roots((tmp_path,)))
    assert [language.text(key) for key in ("words.yes", "words.no", "my.own")] == ["aye", "no", "x"]


def test_of_two_folders_the_first_counts(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "labels.en.toml").write_text(f'words.yes = "{name}"\n', encoding="utf-8")
    assert load_language("en", Roots((tmp_path / "a", tmp_path / "b"))).text("words.yes") == "a"


def test_broken_labels_name_their_file() -> None:
    with pytest.raises(UsageError, match=r"my\.toml is not TOML: .*line 1"):
        parse_labels("x = yes\n", "my.toml")
    with pytest.raises(UsageError, match=r"my\.toml: the label 'a\.b' must be a text, not 3\."):
        parse_labels("[a]\nb = 3", "my.toml")


def test_an_unknown_language_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        load_language("fr", Roots())
    assert caught.value.lines() == ["There is no language 'fr'.", "Known are: en, zh."]


def test_both_languages_have_the_same_labels() -> None:
    texts = [(shipped_folder() / f"labels.{code}.toml").read_text(encoding="utf-8") for code in LANGUAGES]
    english, chinese = (parse_labels(text, "") for text in texts)
    # Chinese counts large figures in ten thousands.
    units = ({"charts.thousand", "charts.million", "charts.billion"}, {"charts.ten_thousand", "charts.hundred_million"})
    assert (set(english) - set(chinese), set(chinese) - set(english)) == units
    assert all(tomllib.loads(text) for text in texts)


def test_kinds_of_figures() -> None:
    assert [kind for kind in Kind if is_numeric(str(kind))] == [Kind.INTEGER, Kind.MONEY, Kind.SHARE, Kind.NUMBER]


@given(st.one_of(st.floats(), st.integers(), st.decimals(allow_nan=True)), st.integers(0, 6), st.booleans())
def test_any_figure_has_a_text_of_one_short_line(value: Any, decimals: int, sign: bool) -> None:  # noqa: FBT001
    texts = [EN.number(value, sign=sign), EN.money(value, decimals, sign=sign), EN.share(value, decimals, sign=sign)]
    assert all(0 < len(text) < 64 and "-" not in text and text.isprintable() for text in texts)
