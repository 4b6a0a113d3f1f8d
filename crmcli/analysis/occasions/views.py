"""The view of coming occasions, declared once."""

from __future__ import annotations

from crmcli.analysis.views import Catalogue, Column, Kind, View

OCCASIONS = View(
    name="occasions",
    title="Customer care calendar",
    meaning=(
        "One row per birthday or anniversary in the days after as_of, the nearest first. Who was born or joined on "
        "29 February has their day on 28 February in common years."
    ),
    key=("date", "occasion", "customer_id", "source"),
    columns=(
        Column("date", Kind.DATE, "The day on which it comes."),
        Column("occasion", Kind.TEXT, "birthday or anniversary."),
        Column("customer_id", Kind.ID, "The customer, as written in the customers file."),
        Column("years", Kind.INTEGER, "Years since, on that day; missing where the year is unknown.", "years"),
        Column("source", Kind.TEXT, "Heading of the column that states it.", minor=True),
    ),
)

OCCASIONS_CATALOGUE = Catalogue(command="report", views=(OCCASIONS,), default="occasions", page=("occasions",))
