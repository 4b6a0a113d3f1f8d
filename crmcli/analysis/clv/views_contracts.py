"""The view of `clv --contractual`: how many stay, and what a contract is worth."""

from __future__ import annotations

from crmcli.analysis.views import Column, Kind, View

RETENTION = View(
    name="retention",
    title="Retention",
    meaning="With --contractual: survivors by period, observed and projected by the shifted-beta-geometric model.",
    columns=(
        Column("segment", Kind.TEXT, "The segment; all where the input has none."),
        Column("period", Kind.INTEGER, "Renewals since the start; 0 is the start.", "periods"),
        Column("customers", Kind.INTEGER, "Customers whose period was observed in full.", "customers", minor=True),
        Column("observed", Kind.SHARE, "Part of the customers still there; missing beyond the data.", "of 1"),
        Column("expected", Kind.SHARE, "The same by the model: S(t).", "of 1", bar=True),
        Column("expected_low", Kind.SHARE, "Lower end of its interval.", "of 1", minor=True),
        Column("expected_high", Kind.SHARE, "Upper end of its interval.", "of 1", minor=True),
        Column("retention_rate", Kind.SHARE, "S(t) ÷ S(t−1): part of those there who renew.", "of 1"),
        Column(
            "residual_lifetime",
            Kind.NUMBER,
            "Discounted expected periods still to come for a customer whose renewal at this period is about to be "
            "decided; at 0 for a new customer, the first period counted.",
            "periods",
        ),
        Column("residual_value", Kind.NUMBER, "The same × --margin-per-period; missing without it.", "money"),
        Column("projected", Kind.BOOLEAN, "Whether the model did not see the period."),
    ),
)

CHANCES = View(
    name="chances",
    title="Chances taken",
    meaning="With --contractual and a file of frequency, recency and periods: what the BG/BB model expects of each "
    "history within the horizon.",
    columns=(
        Column("frequency", Kind.INTEGER, "Chances taken.", "chances"),
        Column("recency", Kind.INTEGER, "The last chance taken; 0 for none.", "chance"),
        Column("periods", Kind.INTEGER, "Chances that there were.", "chances"),
        Column("customers", Kind.NUMBER, "Customers with this history.", "customers"),
        Column("p_alive", Kind.SHARE, "Probability of still being there at the next chance.", "of 1"),
        Column("expected_purchases", Kind.NUMBER, "Chances expected to be taken within the horizon, each.", "chances"),
        Column("future_value", Kind.NUMBER, "Discounted, × --margin-per-period; missing without it.", "money"),
    ),
)
