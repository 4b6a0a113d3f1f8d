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
            "Discounted expected periods from this renewal on, for a customer who has just made it (the period at hand "
            "counted).",
            "periods",
        ),
        Column("residual_value", Kind.NUMBER, "The same times --margin-per-period; missing without it.", "money"),
        Column("projected", Kind.BOOLEAN, "Whether the period lies beyond the data."),
    ),
)
