from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from customer_cases import Sale, opened, summarised, write, write_ledger
from hypothesis import given, settings
from hypothesis import strategies as st

from crmcli.customers.past import summary_at
from crmcli.customers.summary import CustomerSummary, summarise

LATER_COLUMNS = ("lines", "refund_lines")
ORDERED = frozenset({"customer", "date", "amount", "order", "cost"})

SALES = st.builds(
    Sale,
    customer=st.sampled_from(["a", "b", "c", ""]),
    date=st.integers(1, 28).map("2024-01-{:02d}".format),
    amount=st.integers(-999, 9999).map(lambda cents: str(Decimal(cents) / 100)),
    order=st.sampled_from(["", "1", "2", "3"]),
    cost=st.just("1"),
)


def assert_same(found: CustomerSummary, expected: CustomerSummary) -> None:
    assert found.frame.equals(expected.frame.drop(LATER_COLUMNS))
    assert found.frame.schema == expected.frame.drop(LATER_COLUMNS).schema
    assert found.days.equals(expected.days)
    assert found.days.schema == expected.days.schema
    assert (found.as_of, found.money_scale) == (expected.as_of, expected.money_scale)


@settings(deadline=None)
@given(st.lists(SALES, min_size=1, max_size=30), st.integers(1, 28), st.booleans())
def test_it_is_what_a_run_as_of_then_would_have_found(ledger: list[Sale], day: int, costs: bool) -> None:  # noqa: FBT001
    then = dt.date(2024, 1, day)
    columns = ORDERED if costs else ORDERED - {"cost"}
    with TemporaryDirectory() as folder:
        path = write_ledger(Path(folder) / "ledger.csv", ledger, columns)
        options = {"decimal": ".", "wanted": frozenset({"cost"})}
        now, _ = summarised(path, as_of=dt.date(2024, 1, 31), **options)
        with opened(path, as_of=then, **options) as transactions:
            assert_same(summary_at(now, then), summarise(transactions)[0])


def test_on_its_own_date_a_summary_stays_what_it_is(tmp_path: Path) -> None:
    summary, _ = summarised(write(tmp_path / "a.csv", "a,2024-01-02,5", "b,2024-01-04,-1", "a,2024-01-03,-2"))
    assert_same(summary_at(summary, summary.as_of), summary)


def test_before_all_orders_there_is_nobody(tmp_path: Path) -> None:
    summary, _ = summarised(write(tmp_path / "a.csv", "a,2024-01-02,5", "b,2024-01-01,-1", "b,2024-01-03,2"))
    past = summary_at(summary, dt.date(2024, 1, 1))
    assert past.frame.is_empty()
    assert past.days.is_empty()


@pytest.mark.parametrize("day", [2, 3])
def test_a_summary_without_days_is_no_summary_of_nobody(day: int) -> None:
    with pytest.raises(pl.exceptions.ColumnNotFoundError):
        summary_at(CustomerSummary(pl.DataFrame(), dt.date(2024, 1, 1), 2), dt.date(2024, 1, day))
