from __future__ import annotations

import math
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.errors import InputError
from crmcli.transactions.amounts import AmountDetector, FactorDetector, line_amount, line_amount_rounded
from crmcli.transactions.codes import Defect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.amounts import AmountReading

INVALID, NON_FINITE = int(Defect.INVALID_AMOUNT), int(Defect.NON_FINITE)
COLUMN = pl.col("c0")


def decide(
    values: pl.Series, requested: str | None = None, detector: type[AmountDetector] = AmountDetector
) -> AmountReading:
    chosen = detector("c0", "column 'Amount' of x.csv", values.dtype, values.head(0), requested)
    row = values.alias("c0").to_frame().lazy().select(**chosen.evidence()).collect(engine="streaming")
    return chosen.decide(row.row(0, named=True))


def table(values: Sequence[Any] | pl.Series, requested: str | None = None, scale: int = 2) -> pl.DataFrame:
    series = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
    reading = decide(series, requested)
    result = (
        series.alias("c0")
        .to_frame()
        .lazy()
        .select(
            value=reading.decimal(COLUMN, scale),
            exact=reading.exact(COLUMN),
            rounded=reading.rounded(COLUMN, scale),
            defect=reading.defect(COLUMN),
        )
        .collect(engine="streaming")
    )
    types = [pl.Decimal(38, scale), pl.Decimal(38, 20), pl.Boolean, pl.UInt8]
    assert result.dtypes == types
    assert result["value"].is_null().to_list() == (result["defect"] > 0).to_list()
    assert result["exact"].is_null().to_list() == (result["defect"] > 0).to_list()
    assert result["rounded"].null_count() == 0
    return result


def read(values: Sequence[Any] | pl.Series, requested: str | None = None) -> list[str | None]:
    return [None if value is None else str(value) for value in table(values, requested)["value"]]


def defects(values: Sequence[Any] | pl.Series, requested: str | None = None) -> list[int]:
    return table(values, requested)["defect"].to_list()


def refused(values: Sequence[Any] | pl.Series, requested: str | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        table(values, requested)
    assert len(caught.value.lines()) <= 3
    return caught.value


def outcome(values: Sequence[Any]) -> AmountReading | list[str]:
    try:
        return decide(pl.Series(values, dtype=pl.String))
    except InputError as error:
        return error.lines()


def quantised(value: Decimal, scale: int) -> Decimal:
    with localcontext() as context:
        context.prec = 200
        return value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_EVEN)


class TestPlainText:
    def test_numbers_as_programs_write_them(self) -> None:
        assert read(["1", "-2.5", "+3.25", ".5", "5.", "0012.5", "-0"]) == [
            "1.00", "-2.50", "3.25", "0.50", "5.00", "12.50", "0.00"
        ]  # fmt: skip

    def test_ties_go_to_the_even_neighbour(self) -> None:
        result = table(["0.125", "0.135", "-0.125", "2.5", "0.1250000001"])
        assert [str(value) for value in result["value"]] == ["0.12", "0.14", "-0.12", "2.50", "0.13"]
        assert result["rounded"].to_list() == [True, True, True, False, True]

    def test_trailing_zeros_are_no_rounding(self) -> None:
        assert table(["1.500", "1.505000"], scale=3)["rounded"].to_list() == [False, False]

    def test_what_is_no_amount(self) -> None:
        bad = ["1e3", "12%", "１２", "1_000", "--1", "1.2.3", "abc", "-", ".", "(5", "0x10", "1,23,456"]
        assert defects(["1.5"] * 20 + bad)[20:] == [INVALID] * len(bad)

    def test_missing_amounts_are_invalid(self) -> None:
        assert defects(["1.5", None, "", " "]) == [0, INVALID, INVALID, INVALID]

    @pytest.mark.parametrize("word", ["nan", "NaN", "inf", "-inf", "Infinity", "+INF"])
    def test_words_for_no_number(self, word: str) -> None:
        assert defects(["1.5", word]) == [0, NON_FINITE]

    def test_amounts_too_large_are_invalid(self) -> None:
        assert defects(["9" * 15 + ".99", "1" + "0" * 15]) == [0, INVALID]

    def test_factors_have_a_closer_limit(self) -> None:
        values = pl.Series(["999999999.5", "1000000000"])
        reading = decide(values, detector=FactorDetector)
        assert values.alias("c0").to_frame().select(reading.defect(COLUMN)).to_series().to_list() == [0, INVALID]

    def test_blanks_around_amounts_do_not_matter(self) -> None:
        assert read([" 1.5 ", "2\t", "\u00a03"]) == ["1.50", "2.00", "3.00"]

    @pytest.mark.parametrize("values", [[], [None], ["", None]])
    def test_columns_without_values(self, values: list[str | None]) -> None:
        assert defects(values) == [INVALID] * len(values)


class TestDecimalMark:
    @pytest.mark.parametrize(
        ("values", "expected"),
        [
            (["1,234.50"], ["1234.50"]),
            (["1.234,50"], ["1234.50"]),
            (["1,234,567"], ["1234567.00"]),
            (["1.234.567"], ["1234567.00"]),
            (["12,5"], ["12.50"]),
            (["12,"], ["12.00"]),
            ([",5"], ["0.50"]),
            (["0,123"], ["0.12"]),
            (["0.123"], ["0.12"]),
            (["1234,567"], ["1234.57"]),
            (["1,5", "1.234"], ["1.50", "1234.00"]),
            (["1.5", "1,234"], ["1.50", "1234.00"]),
            (["1,234,567", "1.234"], ["1234567.00", "1.23"]),
            (["1 234,567"], ["1234.57"]),
            (["1'234.567"], ["1234.57"]),
        ],
    )
    def test_some_value_decides_for_all(self, values: list[str], expected: list[str]) -> None:
        assert read(values) == expected

    @pytest.mark.parametrize("values", [["1,234"], ["1.234"], ["-1,234", "$999,000", "5"], ["1.234", "2,345"]])
    def test_three_digits_throughout_decide_nothing(self, values: list[str]) -> None:
        error = refused(values)
        assert "reads in two ways" in error.problem
        assert "--decimal ." in str(error.remedy)

    def test_a_requested_mark_decides(self) -> None:
        assert read(["1,234"], ".") == ["1234.00"]
        assert read(["1,234"], ",") == ["1.23"]
        assert read(["1.234", "5"], ",") == ["1234.00", "5.00"]

    def test_amounts_with_the_other_mark_are_invalid_when_few(self) -> None:
        assert defects(["12,5"] * 95 + ["12.5"] * 5)[95:] == [INVALID] * 5

    def test_and_refused_when_many(self) -> None:
        error = refused(["12,5"] * 94 + ["12.5"] * 6)
        assert "two decimal marks: '.' as in '12.5' and ',' as in '12,5'" in error.problem

    def test_a_requested_mark_that_most_values_contradict(self) -> None:
        assert "most values" in refused(["1,50", "2,75"], ".").problem

    def test_integers_do_not_care(self) -> None:
        assert read(["3", "4"], ",") == read(["3", "4"], ".") == ["3.00", "4.00"]


class TestStyles:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("1 234.5", "1234.50"),
            ("1\u00a0234.5", "1234.50"),
            ("1\u202f234.5", "1234.50"),
            ("1’234’567.5", "1234567.50"),
            ("(12.50)", "-12.50"),
            ("12.50-", "-12.50"),
            ("20.-", "20.00"),
            ("CHF 1’250.--", "1250.00"),
            ("-20.–", "-20.00"),
            ("−12.50", "-12.50"),
            ("- 12.50", "-12.50"),
            ("$12.50", "12.50"),
            ("-$12.50", "-12.50"),
            ("$-12.50", "-12.50"),
            ("($12.50)", "-12.50"),
            ("$(12.50)", "-12.50"),
            ("12.50 €", "12.50"),
            ("USD 12.50", "12.50"),
            ("12.50 EUR", "12.50"),
            ("kr. 12.50", "12.50"),
            ("￥12.50", "12.50"),
            ("12.50元", "12.50"),
            ("₹ 1,212.50", "1212.50"),
            ("$12.50 USD", "12.50"),
            ("12.50 zł", "12.50"),
        ],
    )
    def test_ways_to_write_an_amount(self, text: str, expected: str) -> None:
        assert read([text]) == [expected]

    @pytest.mark.parametrize("text", ["1,23.5", "12,34,567.5", "1,234 567.5", "--5.5", "-5.5-", "(-5.5)", "5.5 pcs"])
    def test_ways_not_to(self, text: str) -> None:
        assert defects(["1.5", "2.5", text])[2] == INVALID

    def test_a_styled_value_does_not_make_garbage_readable(self) -> None:
        assert defects(["$1,234.50", "7", "8", "x", "inf", "1e3"]) == [0, 0, 0, INVALID, NON_FINITE, INVALID]

    @pytest.mark.parametrize("values", [["$5", "€5"], ["USD 5", "EUR 5"], ["A$5", "US$5"], ["£5", "5 kr"], ["$5 EUR"]])
    def test_two_currencies_are_refused(self, values: list[str]) -> None:
        assert "several currencies" in refused(values).problem

    @pytest.mark.parametrize("values", [["$5", "USD 5"], ["¥5", "RMB 5", "5元"], ["5 kr", "SEK 5"]])
    def test_two_names_of_one_currency_are_not(self, values: list[str]) -> None:
        assert set(read(values)) == {"5.00"}

    def test_the_description_names_what_was_taken_off(self) -> None:
        assert decide(pl.Series(["1.234,50 €"])).description == "decimal mark ',', groups of three, €"
        assert decide(pl.Series(["1.5", "2"])).description == "plain numbers"

    def test_text_that_holds_no_amounts_is_refused(self) -> None:
        error = refused(["red", "blue", "5"])
        assert "'blue'" in error.problem


class TestTypedColumns:
    def test_floats_enter_at_their_shortest_form(self) -> None:
        result = table(pl.Series([0.545, 0.125, 1.005, 2.5, 1e-30]))
        assert [str(value) for value in result["value"]] == ["0.54", "0.12", "1.00", "2.50", "0.00"]
        assert result["rounded"].to_list() == [True, True, True, False, True]

    def test_single_floats_have_a_shortest_form_of_their_own(self) -> None:
        result = table(pl.Series([0.1, 0.545], dtype=pl.Float32))
        assert [str(value) for value in result["value"]] == ["0.10", "0.54"]
        assert result["rounded"].to_list() == [False, True]

    def test_floats_that_are_no_amounts(self) -> None:
        assert defects(pl.Series([float("nan"), float("inf"), -float("inf"), None, 1e15, -1e300])) == [
            *[NON_FINITE] * 3,
            *[INVALID] * 3,
        ]

    @pytest.mark.parametrize("dtype", [pl.Int8, pl.Int64, pl.UInt64, pl.Int128])
    def test_integers_pass(self, dtype: pl.DataType) -> None:
        assert read(pl.Series([1, 100, None], dtype=dtype)) == ["1.00", "100.00", None]

    def test_integers_too_large_are_invalid(self) -> None:
        assert defects(pl.Series([-(2**63), 10**15, 10**15 - 1])) == [INVALID, INVALID, 0]

    def test_decimals_of_any_scale_pass(self) -> None:
        assert read(pl.Series([Decimal("1.5"), None], dtype=pl.Decimal(10, 1))) == ["1.50", None]
        result = table(pl.Series([Decimal("1.125"), Decimal("1.120")], dtype=pl.Decimal(10, 3)))
        assert [str(value) for value in result["value"]] == ["1.12", "1.12"]
        assert result["rounded"].to_list() == [True, False]

    def test_categories_read_like_text(self) -> None:
        assert read(pl.Series(["1.5", "$2", None], dtype=pl.Categorical)) == ["1.50", "2.00", None]

    @pytest.mark.parametrize("values", [[True], [[1.0]]])
    def test_other_types_are_refused(self, values: list[Any]) -> None:
        assert "cannot be amounts" in refused(pl.Series(values)).problem


def products(quantity: str, price: str, scale: int = 2) -> tuple[str, bool]:
    frame = pl.DataFrame(
        {"q": [Decimal(quantity)], "p": [Decimal(price)]}, schema=dict.fromkeys("qp", pl.Decimal(38, 20))
    )
    quantities, prices = pl.col("q"), pl.col("p")
    result = frame.select(
        value=line_amount(quantities, prices, scale), rounded=line_amount_rounded(quantities, prices, scale)
    )
    return str(result["value"][0]), result["rounded"][0]


class TestLineAmount:
    @pytest.mark.parametrize(
        ("quantity", "price", "expected"),
        [
            ("3", "2.55", ("7.65", False)),
            ("0.5", "0.25", ("0.12", True)),
            ("0.5", "0.75", ("0.38", True)),
            ("-1", "0.125", ("-0.12", True)),
            ("999999999", "999999999.99", ("999999998990000000.01", False)),
        ],
    )
    def test_one_rounding_at_the_end(self, quantity: str, price: str, expected: tuple[str, bool]) -> None:
        assert products(quantity, price) == expected

    @settings(deadline=None)
    @given(
        st.decimals(-(10**9) + 1, 10**9 - 1, places=10, allow_nan=False, allow_infinity=False),
        st.decimals(-(10**9) + 1, 10**9 - 1, places=10, allow_nan=False, allow_infinity=False),
        st.integers(0, 6),
    )
    def test_products_are_exact(self, quantity: Decimal, price: Decimal, scale: int) -> None:
        with localcontext() as context:
            context.prec = 200
            product = quantity * price
        expected = quantised(product, scale)
        value, rounded = products(str(quantity), str(price), scale)
        assert Decimal(value) == expected
        assert rounded == (product != expected)


scales = st.integers(0, 8)


class TestProperties:
    @settings(deadline=None)
    @given(
        st.from_regex(r"[+-]?([0-9]{1,15}(\.[0-9]{0,25})?|\.[0-9]{1,25})", fullmatch=True).filter(str.isascii),
        scales,
    )
    def test_text_is_rounded_as_decimal_arithmetic_does(self, text: str, scale: int) -> None:
        result = table([text, "0.5"], scale=scale).row(0, named=True)
        exact = Decimal(text)
        assert result["value"] == quantised(exact, scale)
        assert result["rounded"] == (exact != quantised(exact, scale))

    @settings(deadline=None)
    @given(
        st.lists(
            st.one_of(
                st.floats(-1e15, 1e15, exclude_min=True, exclude_max=True),
                st.integers(-(10**12), 10**12).map(lambda units: units / 200),
                st.integers(-(10**16), 10**16).map(lambda units: units / 1000),
            ),
            min_size=1,
        ),
        scales,
    )
    def test_floats_are_rounded_from_their_shortest_form(self, floats: list[float], scale: int) -> None:
        result = table(pl.Series(floats), scale=scale)
        exact = [Decimal(repr(value)) for value in floats]
        assert result["value"].to_list() == [quantised(value, scale) for value in exact]
        assert result["rounded"].to_list() == [value != quantised(value, scale) for value in exact]

    @settings(deadline=None)
    @given(st.floats(width=32, min_value=-(2.0**40), max_value=2.0**40), scales)
    def test_single_floats_too(self, value: float, scale: int) -> None:
        result = table(pl.Series([value], dtype=pl.Float32), scale=scale).row(0, named=True)
        exact = Decimal(str(np.float32(value)))
        assert result["value"] == quantised(exact, scale)
        assert result["rounded"] == (exact != quantised(exact, scale))

    @settings(deadline=None)
    @given(
        st.integers(0, 10**14), st.sampled_from(".,"), st.sampled_from([" ", "\u00a0", "'", "other", ""]),
        st.sampled_from(["{}", "-{}", "({})", "{}-", "−{}", "€{}", "{} EUR", "-€ {}"]),
    )  # fmt: skip
    def test_a_styled_amount_reads_back(self, cents: int, mark: str, group: str, style: str) -> None:
        separator = {"other": "," if mark == "." else "."}.get(group, group)
        whole, fraction = divmod(cents, 100)
        text = style.format(f"{whole:,}".replace(",", separator) + f"{mark}{fraction:02}")
        sign = -1 if any(minus in style for minus in "-−(") else 1
        assert table([text, f"1{mark}5"])["value"][0] == Decimal(sign * cents).scaleb(-2)

    @settings(deadline=None)
    @given(
        st.lists(
            st.sampled_from(["1.234", "1,234", "1.5", "1,5", "7", "$3", "€3", "x", "", "(2)", "1.234,5"]), max_size=30
        ),
        st.randoms(use_true_random=False),
    )
    def test_the_order_of_rows_does_not_matter(self, values: list[str], random: Any) -> None:
        assert outcome(random.sample(values, len(values))) == outcome(values)

    @settings(deadline=None)
    @given(st.lists(st.integers(0, 10**9), min_size=300, max_size=300), st.integers(1, 299))
    def test_the_cut_into_batches_does_not_matter(self, units: list[int], cut: int) -> None:
        values = pl.Series([str(unit / 100) for unit in units])
        parts = pl.concat([values.head(cut), values.tail(300 - cut)], rechunk=False)
        assert decide(parts) == decide(values)

    @settings(deadline=None)
    @given(st.text(max_size=12))
    def test_no_text_makes_a_number_that_it_does_not_spell(self, text: str) -> None:
        try:
            value = table([text, "0.5"])["value"][0]
        except InputError:
            return
        digits = "".join(char for char in text if char.isdigit())
        assert value is None or (digits.isascii() and math.isfinite(value))
