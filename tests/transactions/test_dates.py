from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.errors import CrmcliError, InputError, UsageError
from crmcli.transactions.codes import Defect
from crmcli.transactions.date_formats import FORMATS
from crmcli.transactions.dates import DateDetector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmcli.transactions.dates import DateReading

INVALID, INCONSISTENT = int(Defect.INVALID_DATE), int(Defect.INCONSISTENT_DATE)
COLUMN = pl.col("c0")


def decide(values: pl.Series, requested: str | None = None, sample: pl.Series | None = None) -> DateReading:
    detector = DateDetector(
        "c0", "column 'Date' of x.csv", values.dtype, values if sample is None else sample, requested
    )
    row = values.alias("c0").to_frame().lazy().select(**detector.evidence()).collect(engine="streaming")
    return detector.decide(row.row(0, named=True))


def read(values: Sequence[Any] | pl.Series, requested: str | None = None) -> tuple[list[date | None], list[int]]:
    series = values if isinstance(values, pl.Series) else pl.Series(values, dtype=pl.String)
    reading = decide(series, requested)
    frame = series.alias("c0").to_frame().lazy().select(date=reading.date(COLUMN), defect=reading.defect(COLUMN))
    result = frame.collect(engine="streaming")
    assert result.schema == {"date": pl.Date, "defect": pl.UInt8}
    assert result["date"].is_null().to_list() == (result["defect"] > 0).to_list()
    return result["date"].to_list(), result["defect"].to_list()


def refused(values: Sequence[Any] | pl.Series, requested: str | None = None) -> CrmcliError:
    with pytest.raises(CrmcliError) as caught:
        read(values, requested)
    assert len(caught.value.lines()) <= 3
    return caught.value


def outcome(values: Sequence[Any]) -> DateReading | list[str]:
    try:
        return decide(pl.Series(values, dtype=pl.String))
    except InputError as error:
        return error.lines()


class TestKnownFormats:
    @pytest.mark.parametrize(
        "text",
        [
            "2024-01-02",
            "2024-1-2",
            " 2024-01-02\t",
            "2024-01-02T23:30:00",
            "2024-01-02 23:30",
            "2024-01-02 23:30:00.123456",
            "2024-01-02T23:30:00-05:00",
            "2024-01-02T23:30:00Z",
            "2024-01-02 00:30:00 +0900",
            "2024/01/02",
            "2024/1/2 8:05",
            "2024.01.02",
            "20240102",
            "20240102233000",
            "20240102T233000Z",
            "02-Jan-2024",
            "2-JAN-2024",
            "2 January 2024",
            "2 Jan 2024 10:00",
            "Jan 2, 2024",
            "January 2, 2024 1:30 PM",
            "January 2 2024",
            "2024年1月2日",
            "2024年01月02日 10:30",
            "2.1.2024",
            "02.01.2024 10:30",
        ],
    )
    def test_one_value_says_its_date(self, text: str) -> None:
        assert read([text]) == ([date(2024, 1, 2)], [0])

    @pytest.mark.parametrize(
        "text",
        [
            "13/02/2024",
            "13-2-2024",
            "2/13/2024",
            "02-13-2024",
            "13/02/2024 8:26",
            "2/13/2024 8:26 PM",
            "2/13/2024 08:26:01",
        ],
    )
    def test_a_number_above_twelve_is_the_day(self, text: str) -> None:
        assert read([text]) == ([date(2024, 2, 13)], [0])

    def test_values_that_are_no_dates(self) -> None:
        good = ["2024-01-02"] * 20
        bad = ["2023-02-29", "2024-13-01", "2024-01-2x", "0024-01-02", "24-01-02", "1899-12-31", "2200-01-01", "x"]
        dates, defects = read([*good, *bad])
        assert dates[20:] == [None] * len(bad)
        assert defects[20:] == [INVALID] * len(bad)

    def test_leap_days(self) -> None:
        days = ["2024-02-29", "2000-02-29", "1904-02-29", "2196-02-29"]
        dates, defects = read([*days, "1900-02-29", "2100-02-29", "2023-02-29"])
        assert [str(day) for day in dates[:4]] == days
        assert defects == [0] * 4 + [INVALID] * 3

    def test_missing_values_are_invalid(self) -> None:
        assert read(["2024-01-02", None, "", "  "]) == ([date(2024, 1, 2), None, None, None], [0, *[INVALID] * 3])

    def test_what_another_format_reads_is_inconsistent(self) -> None:
        others = ["2024/01/02", "02-Jan-2024", "20240102", "1/2/2024", "2024年1月2日"]
        assert read(["2024-01-02"] * 20 + others)[1][20:] == [INCONSISTENT] * len(others)

    def test_dates_with_and_without_a_time_read_together(self) -> None:
        dates, defects = read(["2024-01-02", "2024-01-03 10:00", "2024-01-04T10:00:00.5"])
        assert dates == [date(2024, 1, day) for day in (2, 3, 4)]
        assert defects == [0, 0, 0]

    @pytest.mark.parametrize("values", [[], [None], ["", None]])
    def test_a_column_without_values_reads(self, values: list[str | None]) -> None:
        assert read(values) == ([None] * len(values), [INVALID] * len(values))

    def test_a_sample_that_shows_nothing_costs_only_speed(self) -> None:
        values = pl.Series(["2024-01-02"] * 30 + ["2024-01-02 10:00:00"] * 70 + ["2024-1-2"])
        reading = decide(values, sample=values.head(0))
        assert reading == decide(values)

    def test_a_misleading_sample_does_not_decide(self) -> None:
        values = pl.Series(["01/02/2024"] * 50 + ["02/13/2024"] * 50)
        assert decide(values, sample=values.head(50)).description == "%m/%d/%Y, decided by 50 of 100 values"


class TestPadding:
    def test_a_date_cut_short_is_invalid(self) -> None:
        assert read(["2024-01-12"] * 99 + ["2024-01-1"])[1][99] == INVALID

    def test_also_among_times(self) -> None:
        assert read(["2024-01-12 10:00:00"] * 99 + ["2024-01-1"])[1][99] == INVALID

    def test_unpadded_dates_read_where_they_are_usual(self) -> None:
        dates = ["2024-1-12", "2024-10-12", "2024-11-30"] * 8 + ["2024-12-1", "2024-1-3"]
        assert read(dates)[0][-2:] == [date(2024, 12, 1), date(2024, 1, 3)]
        assert set(read(["2024-01-12"] * 8 + ["2024-1-12"] * 8)[1]) == {0}
        assert set(read(["13.04.2024", "9.04.2024", "8.05.2024", "30.05.2024", "1.12.2024"])[1]) == {0}

    def test_one_short_date_among_few_with_leading_zeros_was_cut(self) -> None:
        assert read(["2024-01-2", "2024-02-13", "2024-01-19"])[1] == [INVALID, 0, 0]
        assert read(["2024-01-2", "2024-02-13"])[1] == [INVALID, 0]
        assert read(["2.11.2024", "13.12.2024", "19.10.2024"])[1] == [0, 0, 0]
        assert read(["2.04.2024", "03.04.2024", "05.04.2024", "30.05.2024"])[1] == [INCONSISTENT, 0, 0, 0]

    def test_days_of_two_digits_do_not_forbid_one_of_one_digit_beside_names_of_months(self) -> None:
        later = [f"January {day} 2024" for day in range(10, 30)]
        assert read([*later, "January 9 2024"])[1] == [0] * 21
        led = [f"January 0{day} 2024" for day in (7, 8, 9)]
        assert read([*later, *led, "January 9 2024"])[1] == [0] * 23 + [INVALID]

    def test_signs_and_inner_blanks_do_not_fill_the_width(self) -> None:
        assert read(["2024-01-12"] * 300 + ["+2024-1-12", "2024-1- 01"])[1][300:] == [INVALID, INVALID]


class TestOrderOfDayAndMonth:
    def test_one_value_decides_for_all(self) -> None:
        dates, _ = read(["01/02/2024"] * 99 + ["13/02/2024"])
        assert dates[0] == date(2024, 2, 1)

    def test_the_description_says_what_decided(self) -> None:
        reading = decide(pl.Series(["1/2/2024", "1/13/2024"]))
        assert reading.description == "%m/%d/%Y, decided by 1 of 2 values"

    def test_without_a_deciding_value_both_readings_are_named(self) -> None:
        error = refused(["01/02/2024", "03/04/2024"])
        assert isinstance(error, InputError)
        text = " ".join(error.lines())
        assert "'01/02/2024' fits %d/%m/%Y and %m/%d/%Y" in text
        assert "--date-format '%d/%m/%Y'" in text

    def test_a_requested_format_decides(self) -> None:
        values = ["01/02/2024", "03/04/2024 10:30"]
        assert read(values, "%d/%m/%Y")[0] == [date(2024, 2, 1), date(2024, 4, 3)]
        assert read(values, "%m/%d/%Y")[0] == [date(2024, 1, 2), date(2024, 3, 4)]

    def test_under_a_requested_order_the_other_is_inconsistent(self) -> None:
        assert read(["13/02/2024", "14/02/2024", "02/13/2024"], "%d/%m/%Y")[1] == [0, 0, INCONSISTENT]

    def test_the_same_number_twice_leaves_nothing_open(self) -> None:
        assert read(["01/01/2024", "2/02/2024"]) == ([date(2024, 1, 1), date(2024, 2, 2)], [0, 0])

    def test_a_small_minority_of_the_other_order_is_inconsistent(self) -> None:
        dates, defects = read(["13/02/2024"] * 20 + ["02/13/2024"])
        assert dates[20] is None
        assert defects[20] == INCONSISTENT

    def test_a_larger_minority_is_refused(self) -> None:
        error = refused(["13/02/2024"] * 19 + ["02/13/2024"])
        assert "mixes two orders" in error.problem
        assert "'13/02/2024'" in error.problem
        assert "'02/13/2024'" in error.problem

    def test_an_impossible_date_does_not_decide(self) -> None:
        assert "reads in two ways" in refused(["01/02/2024", "30/02/2024"]).problem

    def test_dots_put_the_day_first_unless_a_value_says_otherwise(self) -> None:
        assert read(["01.02.2024"])[0] == [date(2024, 2, 1)]
        assert read(["01.02.2024", "01.13.2024"])[0] == [date(2024, 1, 2), date(2024, 1, 13)]


class TestTimesWithOffsets:
    def test_naive_and_aware_times_are_refused_together(self) -> None:
        error = refused(["2024-01-02 10:00:00"] * 999 + ["2024-01-02T10:00:00Z"])
        assert "with and without an offset" in error.problem

    def test_dates_without_a_time_go_with_both(self) -> None:
        assert read(["2024-01-02", "2024-01-02T10:00:00Z"])[1] == [0, 0]


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "remedy"),
        [
            ("01/02/24", "'%d/%m/%y'"),
            ("1.2.24 10:30", "'%d.%m.%y'"),
            ("45000", "excel, unix or unix-ms"),
            ("1704067200", "excel, unix or unix-ms"),
            ("soon", "--date-format"),
        ],
    )
    def test_a_column_that_fits_no_format_names_the_flag(self, text: str, remedy: str) -> None:
        error = refused([text] * 3 + ["2024-01-02"])
        assert repr(text) in error.problem
        assert remedy in str(error.remedy)

    def test_a_format_without_a_year(self) -> None:
        assert isinstance(refused(["1/2"], "%d/%m"), UsageError)

    def test_a_requested_format_that_does_not_fit(self) -> None:
        assert "'%Y/%m/%d'" in refused(["2024-01-02"] * 3, "%Y/%m/%d").problem

    @pytest.mark.parametrize("dtype", [pl.Boolean, pl.Time, pl.Duration, pl.List(pl.String)])
    def test_types_that_hold_no_dates(self, dtype: pl.DataType) -> None:
        assert "cannot be dates" in refused(pl.Series([None], dtype=dtype)).problem


class TestRequested:
    def test_two_digit_years(self) -> None:
        assert read(["01/02/24", "31/12/99", "01/02/2024"], "%d/%m/%y") == (
            [date(2024, 2, 1), date(1999, 12, 31), None],
            [0, 0, INCONSISTENT],
        )

    def test_a_format_of_ones_own_with_an_offset(self) -> None:
        assert read(["02|01|2024 23:30 -0500"], "%d|%m|%Y %H:%M %z")[0] == [date(2024, 1, 2)]

    @pytest.mark.parametrize(
        ("serial", "day"),
        [("1", date(1900, 1, 1)), ("59", date(1900, 2, 28)), ("61", date(1900, 3, 1)), ("45293.99", date(2024, 1, 2))],
    )
    def test_spreadsheet_day_numbers(self, serial: str, day: date) -> None:
        assert read([serial], "excel")[0] == [day]
        assert read(pl.Series([float(serial)]), "excel")[0] == [day]

    def test_the_day_that_only_spreadsheets_know(self) -> None:
        assert read(["60", "45293", "45293"], "excel")[0][0] is None

    def test_epochs(self) -> None:
        assert read(["1704153600", "-1"], "unix")[0] == [date(2024, 1, 2), date(1969, 12, 31)]
        assert read(pl.Series([1704239999999]), "unix-ms")[0] == [date(2024, 1, 2)]

    def test_the_wrong_epoch_is_refused(self) -> None:
        assert "most values" in refused(pl.Series([1704239999999]), "unix").problem


class TestTypedColumns:
    def test_dates_pass(self) -> None:
        assert read(pl.Series([date(2024, 1, 2), None, date(24, 1, 2)])) == (
            [date(2024, 1, 2), None, None],
            [0, 10, 10],
        )

    def test_times_keep_the_date_of_their_own_zone(self) -> None:
        utc = pl.Series([datetime(2024, 1, 3, 4, 30)]).dt.replace_time_zone("UTC")  # noqa: DTZ001 # Zoned by Polars.
        assert read(utc)[0] == [date(2024, 1, 3)]
        assert read(utc.dt.convert_time_zone("America/New_York"))[0] == [date(2024, 1, 2)]
        assert read(utc.dt.replace_time_zone(None))[0] == [date(2024, 1, 3)]

    @pytest.mark.parametrize("dtype", [pl.Int32, pl.Int64, pl.UInt32, pl.Float64])
    def test_numbers_that_spell_dates(self, dtype: pl.DataType) -> None:
        assert read(pl.Series([20240102, 20231231, None], dtype=dtype)) == (
            [date(2024, 1, 2), date(2023, 12, 31), None],
            [0, 0, INVALID],
        )

    @pytest.mark.parametrize("values", [[45000, 45001], [1704153600], [45000.5], [2024]])
    def test_other_numbers_name_the_flag(self, values: list[float]) -> None:
        assert "--date-format excel, unix or unix-ms" in str(refused(pl.Series(values)).remedy)

    def test_categories_read_like_text(self) -> None:
        values = pl.Series(["13/02/2024", "01/02/2024", None], dtype=pl.Categorical)
        assert read(values) == ([date(2024, 2, 13), date(2024, 2, 1), None], [0, 0, INVALID])

    def test_a_column_of_nulls(self) -> None:
        assert read(pl.Series([None, None]))[1] == [INVALID, INVALID]


days = st.dates(date(1900, 1, 1), date(2199, 12, 31))


def rendered(day: date, known: str, width: int) -> str:
    text = known.replace("%B", f"{day:%B}").replace("%Y", str(day.year))
    width = 2 if known == "%Y%m%d" else width
    return text.replace("%d", f"{day.day:0{width}}").replace("%m", f"{day.month:0{width}}")


class TestProperties:
    @settings(deadline=None)
    @given(
        st.lists(days, min_size=1, max_size=30),
        st.sampled_from(sorted(FORMATS)),
        st.sampled_from([1, 2]),
        st.sampled_from(["", " 8:26", " 08:26:59", "T08:26:59.123Z", " 8:26 PM"]),
        st.integers(13, 28),
    )
    def test_a_rendered_column_with_a_deciding_value_reads_back(
        self, column: list[date], known: str, width: int, time: str, decider: int
    ) -> None:
        column = [*column, date(2024, 6, decider)]
        dates, defects = read([rendered(day, known, width) + time for day in column])
        assert dates == column
        assert set(defects) == {0}

    @settings(deadline=None)
    @given(st.lists(days, min_size=1, max_size=30), st.randoms(use_true_random=False))
    def test_the_order_of_rows_does_not_matter(self, column: list[date], random: Any) -> None:
        values = [f"{day:%d/%m/%Y}" for day in column] + ["25/12/2024", "12/13/2024", "x", None]
        assert outcome(random.sample(values, len(values))) == outcome(values)

    @settings(deadline=None)
    @given(st.text(alphabet="0123456789/-. :TZ+JanFeb年月日", max_size=25))
    def test_no_text_gets_a_date_outside_the_years(self, text: str) -> None:
        try:
            dates, _ = read([text])
        except InputError:
            return
        assert all(day is None or date(1900, 1, 1) <= day <= date(2199, 12, 31) for day in dates)
