"""The views of contracts: how many will stay, what drives leaving, and the reasons that were given."""

from __future__ import annotations

from crmcli.analysis.views import Column, Kind, View

_SHARE = "of 1"

PROJECTION = View(
    name="projection",
    title="Projected survival of contracts",
    meaning=(
        "One row per renewal period (--renewal): the part still there, as observed and by the shifted-beta-geometric "
        "model, with a 90 % fan from the uncertainty of its parameters. Needs --contractual."
    ),
    columns=(
        Column("period", Kind.INTEGER, "Renewals since the start; 0 is the start.", "periods"),
        Column("at_risk", Kind.INTEGER, "Contracts whose renewal was seen; empty beyond the data.", "contracts"),
        Column("observed", Kind.SHARE, "Part still there (product of the renewal rates seen).", _SHARE),
        Column("expected", Kind.SHARE, "The same by the model.", _SHARE, bar=True),
        Column("expected_low", Kind.SHARE, "Lower end of the fan.", _SHARE),
        Column("expected_high", Kind.SHARE, "Upper end.", _SHARE),
        Column("projected", Kind.BOOLEAN, "Whether the period lies beyond the data."),
    ),
)

DRIVERS = View(
    name="drivers",
    title="What goes with leaving",
    meaning=(
        "One row per attribute and level: by how much the odds of leaving in a period are multiplied, other attributes "
        "and the age of the contract being equal (discrete-time hazard by logistic regression). Needs --contractual "
        "and attributes. Association, not proof of cause."
    ),
    columns=(
        Column("attribute", Kind.TEXT, "Heading of the attribute."),
        Column("level", Kind.TEXT, "Its value or range of numbers, against the reference."),
        Column("reference", Kind.TEXT, "The level compared with: the most frequent one."),
        Column("contracts", Kind.INTEGER, "Contracts with the level.", "contracts"),
        Column("left", Kind.INTEGER, "Of these, ended.", "contracts"),
        Column("odds_ratio", Kind.NUMBER, "Odds of leaving against the reference.", "ratio"),
        Column("ci_low", Kind.NUMBER, "Lower 95 % limit.", "ratio"),
        Column("ci_high", Kind.NUMBER, "Upper limit.", "ratio"),
        Column("p_value", Kind.NUMBER, "Probability of so large a difference by chance.", _SHARE),
    ),
)

REASONS = View(
    name="reasons",
    title="Reasons for leaving",
    meaning="One row per reason that the file gives (--reason): its share among those who left, with Wilson's limits.",
    top_by="customers",
    columns=(
        Column("reason", Kind.TEXT, "As written; (none given) where the cell is empty."),
        Column("customers", Kind.INTEGER, "Contracts that ended for it.", "contracts"),
        Column("share", Kind.SHARE, "Part of all contracts that ended with a reason.", _SHARE, bar=True),
        Column("ci_low", Kind.SHARE, "Lower 95 % limit (Wilson).", _SHARE),
        Column("ci_high", Kind.SHARE, "Upper limit.", _SHARE),
    ),
)

CONTRACT_VIEWS: tuple[View, ...] = (PROJECTION, DRIVERS, REASONS)
