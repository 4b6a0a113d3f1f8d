"""Heat maps: scores, and cohorts with what is not over yet."""

from __future__ import annotations

from chart_rows import COHORTS, EN, RF, ZH, layers, texts

from crmcli.reporting.charts.cohorts import cohort_heat_map
from crmcli.reporting.charts.palette import HATCH, HEAT
from crmcli.reporting.charts.rf_grid import rf_heat_map


def test_every_pair_of_scores_has_a_cell_with_its_customers() -> None:
    (cells,) = layers(rf_heat_map(RF, EN), "rect")

    assert len(cells) == 25
    assert {(cell["r_score"], cell["f_score"]): cell["customers"] for cell in cells if cell["customers"]} == {
        (5, 5): 40,
        (1, 1): 60,
    }
    assert {cell["fill"] for cell in cells} == {HEAT[0].fill, HEAT[-2].fill, HEAT[-1].fill}


def test_scores_shade_by_revenue_when_asked_to() -> None:
    customers, revenue = rf_heat_map(RF, EN), rf_heat_map(RF, EN, by="revenue")

    assert customers is not None
    assert revenue is not None
    assert {"40", "60", "60%"} <= set(texts(customers))
    assert {"9,000", "1,000", "90%"} <= set(texts(revenue))
    assert "Recency 1 and frequency 1: 60 customers, 60% of all." in customers.alt
    assert customers.id != revenue.id


def test_ten_scores_leave_room_for_one_figure_a_cell() -> None:
    picture = rf_heat_map(RF, EN, scores=10)

    assert len(layers(picture, "rect")[0]) == 100
    assert "60%" not in texts(picture)


def test_cohorts_show_what_is_known_and_stripe_what_is_not_over() -> None:
    cells, _ = layers(cohort_heat_map(COHORTS, EN), "rect")

    assert [(cell["cohort"], cell["age"], cell["label"], cell["fill"] == HATCH) for cell in cells] == [
        ("2025-10", 1, "40", False),
        ("2025-10", 2, "10", False),
        ("2025-10", 3, "", True),
        ("2025-11", 1, "25", False),
        ("2025-11", 2, "", True),
        ("2025-12", 1, "", True),
        ("all", 1, "36", False),
        ("all", 2, "10", False),
    ]


def test_cohorts_tell_all_of_them_by_age_and_count_the_striped() -> None:
    picture = cohort_heat_map(COHORTS, EN)

    assert picture is not None
    assert picture.alt == (
        "Retention of the customers first won from 2025-10 to 2025-12. Month 1: 35.7% of all cohorts ordered. "
        "Striped cells, whose period is not over yet: 3."
    )
    assert "Months since the first order →" in texts(picture)
    assert "not over yet" in texts(picture)


def test_nothing_is_said_of_stripes_when_there_are_none() -> None:
    over = [row for row in COHORTS if row["complete"]]

    assert "not over yet" not in texts(cohort_heat_map(over, EN))
    assert len(layers(cohort_heat_map(over, EN), "rect")) == 1


def test_the_last_twelve_cohorts_are_shown_at_the_ages_up_to_twelve() -> None:
    rows = [
        {"cohort": f"{2000 + number:04}-Q1", "age": age, "eligible": 9, "retention": 0.5, "complete": True}
        for number in range(15)
        for age in range(20)
    ]
    (cells,) = layers(cohort_heat_map(rows, ZH), "rect")

    assert sorted({cell["cohort"] for cell in cells}) == [f"{2000 + number:04}-Q1" for number in range(3, 15)]
    assert {cell["age"] for cell in cells} == set(range(1, 13))
    assert ZH.text("charts.cohorts.quarters_since") in texts(cohort_heat_map(rows, ZH))


def test_a_withheld_cell_is_left_blank() -> None:
    rows = [{**row, "retention": None} if (row["cohort"], row["age"]) == ("2025-10", 1) else row for row in COHORTS]
    cells, _ = layers(cohort_heat_map(rows, EN), "rect")

    assert ("2025-10", 1) not in {(cell["cohort"], cell["age"]) for cell in cells}


def test_nothing_gives_no_picture() -> None:
    assert rf_heat_map([], EN) is None
    assert rf_heat_map([{**row, "customers": 0} for row in RF], EN) is None
    assert cohort_heat_map([], EN) is None
    assert cohort_heat_map([row for row in COHORTS if row["age"] == 0], EN) is None
    assert cohort_heat_map([row for row in COHORTS if not row["complete"]], EN) is None
