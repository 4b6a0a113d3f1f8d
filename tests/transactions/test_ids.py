from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.errors import InputError
from crmcli.transactions.codes import Defect
from crmcli.transactions.ids import IdDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.ids import IdReading

INVALID = int(Defect.INVALID_ID)
COLUMN = pl.col("c0")


def decide(values: pl.Series) -> IdReading:
    detector = IdDetector("c0", "column 'Customer' of x.csv", values.dtype, values.head(0), None)
    row = values.alias("c0").to_frame().lazy().select(**detector.evidence()).collect(engine="streaming")
    return detector.decide(row.row(0, named=True))


def read(values: Sequence[Any] | pl.Series) -> tuple[list[str | None], list[int], str]:
    series = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
    reading = decide(series)
    frame = series.alias("c0").to_frame().lazy().select(id=reading.id(COLUMN), defect=reading.defect(COLUMN))
    result = frame.collect(engine="streaming")
    assert result.schema == {"id": pl.String, "defect": pl.UInt8}
    return result["id"].to_list(), result["defect"].to_list(), reading.description


def refused(values: Sequence[Any] | pl.Series) -> InputError:
    with pytest.raises(InputError) as caught:
        read(values)
    assert len(caught.value.lines()) <= 3
    return caught.value


def outcome(values: Sequence[Any]) -> IdReading | list[str]:
    try:
        return decide(pl.Series(values, dtype=pl.String))
    except InputError as error:
        return error.lines()


class TestText:
    def test_ids_stay_as_they_are(self) -> None:
        ids = ["007", "7", "A-1", "x y", "客户1", "1e", "e5", "12.5", "-3"]
        assert read(ids) == (ids, [0] * len(ids), "")

    def test_a_clean_column_is_passed_on_untouched(self) -> None:
        assert str(decide(pl.Series(["007", None, "8"])).id(COLUMN)) == str(COLUMN)

    def test_blanks_around_ids_are_removed_and_counted(self) -> None:
        ids, _, description = read([" 7", "7\t", "7", "8\n", "\u00a09", "\u300010\u200b", "\ufeff11"])
        assert ids == ["7", "7", "7", "8", "9", "10", "11"]
        assert description == "surrounding blanks removed from 6"

    def test_formulas_that_keep_zeros_are_undone(self) -> None:
        ids, defects, description = read(['="007"', ' ="7" ', "7", '=" 8"', '=""', "=1+1", '="x'])
        assert ids == ["007", "7", "7", "8", None, "=1+1", '="x']
        assert set(defects) == {0}
        assert '4 written as ="007" became 007' in description

    def test_a_few_separators_within_ids_are_doubted(self) -> None:
        (doubt,) = decide(pl.Series([*map(str, range(30)), "10,003"])).doubts
        assert doubt == "1 of 31 ids hold a separator or a quote, such as '10,003'; they were kept so"
        assert decide(pl.Series(["Lee, Ann", "Fox, Bob", "Cid"])).doubts == ()

    def test_formulas_may_hold_floats(self) -> None:
        assert read(['="17850.0"', "17851"])[0] == ["17850", "17851"]

    def test_ids_merged_by_trimming_are_counted(self) -> None:
        values = pl.Series("c0", ["7", " 7", "\u00a07", "8 ", None, " ", "9"])
        assert values.to_frame().select(decide(values).merged(COLUMN)).item() == 2

    def test_words_for_missing_become_null_and_are_named(self) -> None:
        words = [None, "", " ", "nan", "NaN", "NULL", "none", "N/A", "#N/A", "<NA>", "nil"]
        ids, defects, description = read([*words, "nancy", "Nile"])
        assert ids == [None] * len(words) + ["nancy", "Nile"]
        assert set(defects) == {0}
        assert "11 missing (empty, #n/a, <na>, n/a, nan, nil, none, null)" in description

    @pytest.mark.parametrize("control", ["\n", "\r\n", "\t", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\ufeff"])
    def test_control_characters_inside_are_a_defect(self, control: str) -> None:
        ids, defects, _ = read([f"a{control}b", "ab", None])
        assert defects == [INVALID, 0, 0]
        assert ids[1:] == ["ab", None]

    @pytest.mark.parametrize("values", [[], [None], ["", "nan"]])
    def test_columns_without_ids(self, values: list[str | None]) -> None:
        assert read(values)[0] == [None] * len(values)


class TestIntegralFloats:
    def test_a_column_of_them_becomes_integers(self) -> None:
        ids, _, description = read(["17850.0", "17851", "17852.00", None, " 9.0 "])
        assert ids == ["17850", "17851", "17852", None, "9"]
        assert "3 written as 17850.0 became 17850" in description

    def test_one_other_id_keeps_them_all(self) -> None:
        values = ["17850.0", "C1", "17851.0"]
        assert read(values)[0] == values
        (doubt,) = decide(pl.Series(values)).doubts
        assert doubt.startswith("2 of 3 ids end in .0")

    def test_a_leading_zero_among_the_plain_ones_keeps_them_all(self) -> None:
        assert read(["17850.0", "007"])[0] == ["17850.0", "007"]

    def test_zero_itself_has_no_leading_zero(self) -> None:
        assert read(["5.0", "0"])[0] == ["5", "0"]

    def test_a_fraction_keeps_them_all(self) -> None:
        assert read(["1.0", "1.5"])[0] == ["1.0", "1.5"]


class TestExponents:
    @pytest.mark.parametrize("value", ["1.2E+11", "1E+11", "1.2e11", "1.e5", "1.25E-3"])
    def test_one_is_enough_to_refuse_the_column(self, value: str) -> None:
        error = refused(["A17", "B18"] * 50 + [value])
        assert repr(value) in error.problem
        assert "spreadsheet" in error.problem
        assert "as text" in str(error.remedy)

    def test_among_numbers_the_bare_form_is_refused_too(self) -> None:
        assert "'12e4'" in refused(["17850", "007", "12e4"]).problem

    def test_among_alphanumeric_ids_it_is_an_id(self) -> None:
        assert read(["12e4", "a3f0", "17850"])[0] == ["12e4", "a3f0", "17850"]


class TestTypedColumns:
    def test_integers_become_text(self) -> None:
        assert read(pl.Series([7, None, -1])) == (["7", None, "-1"], [0, 0, 0], "1 missing")

    @pytest.mark.parametrize("dtype", [pl.Float32, pl.Float64])
    def test_integral_floats_become_integers(self, dtype: pl.DataType) -> None:
        ids, _, description = read(pl.Series([17850.0, None, float("nan")], dtype=dtype))
        assert ids == ["17850", None, None]
        assert description == "numbers such as 17850.0 became 17850; 2 missing"

    @pytest.mark.parametrize("value", [0.5, float("inf"), float("-inf")])
    def test_fractions_are_refused(self, value: float) -> None:
        assert "fraction" in refused(pl.Series([1.0, value])).problem

    @pytest.mark.parametrize(("dtype", "value"), [(pl.Float64, 2.0**53), (pl.Float32, 2.0**24)])
    def test_floats_that_stand_for_several_ids_are_refused(self, dtype: pl.DataType, value: float) -> None:
        assert "too large" in refused(pl.Series([1.0, value], dtype=dtype)).problem
        assert read(pl.Series([value - 1], dtype=dtype))[0] == [str(int(value) - 1)]

    @pytest.mark.parametrize("dtype", [pl.Categorical, pl.Enum(["007", " a ", "nan"])])
    def test_categories_read_like_text(self, dtype: pl.DataType) -> None:
        assert read(pl.Series(["007", " a ", "nan"], dtype=dtype))[0] == ["007", "a", None]

    def test_decimals_without_a_fraction_become_integers(self) -> None:
        assert read(pl.Series([17850, 9]).cast(pl.Decimal(10, 2)))[0] == ["17850", "9"]

    def test_lists_are_refused(self) -> None:
        assert "cannot be ids" in refused(pl.Series([["a"]])).problem


id_texts = st.one_of(
    st.text(alphabet="0179ab.eE+- \t\n", max_size=6),
    st.sampled_from(["nan", "NULL", "", "17850.0", "007", "12e4", "A1"]),
    st.none(),
)


class TestProperties:
    @settings(deadline=None)
    @given(st.lists(id_texts, max_size=20))
    def test_reading_twice_changes_nothing(self, values: list[str | None]) -> None:
        try:
            ids, _, _ = read(values)
        except InputError:
            return
        assert read(ids)[0] == ids

    @settings(deadline=None)
    @given(st.lists(id_texts, max_size=20), st.randoms(use_true_random=False))
    def test_the_order_of_rows_does_not_matter(self, values: list[str | None], random: Any) -> None:
        assert outcome(random.sample(values, len(values))) == outcome(values)

    @settings(deadline=None)
    @given(st.lists(st.text(alphabet="0123456789ABC-_", min_size=1).filter(lambda text: "E" not in text)))
    def test_ordinary_ids_pass_unchanged(self, values: list[str]) -> None:
        assert read(values)[0] == values
