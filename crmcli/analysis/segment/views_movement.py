"""The views of movement and attention, declared once."""

from __future__ import annotations

from crmcli.analysis.views import Column, Cross, Kind, View

MIGRATION = View(
    name="migration",
    title="Migration between segments",
    meaning=(
        "One row per pair of segments: where customers stood on the earlier date (--compare-to) and where they stand "
        "on as_of. Thresholds stay as they were on the earlier date unless --rescore. Needs --compare-to."
    ),
    columns=(
        Column("from_segment", Kind.TEXT, "Segment on the earlier date; (new) for those whose first order came later."),
        Column("to_segment", Kind.TEXT, "Segment on as_of."),
        Column("customers", Kind.INTEGER, "Customers who went this way.", "customers"),
        Column("row_share", Kind.SHARE, "Their part of all customers of from_segment.", "of 1", bar=True),
        Column(
            "own_behaviour",
            Kind.INTEGER,
            "Of these, whose segment under the earlier thresholds differs from the one before: they changed.",
            "customers",
            minor=True,
        ),
        Column(
            "ranking_drift",
            Kind.INTEGER,
            "Of these, whose segment differs between thresholds of the earlier date and of as_of: others changed "
            "around them.",
            "customers",
            minor=True,
        ),
        Column("value_before", Kind.MONEY, "Their value up to the earlier date.", "money", minor=True),
        Column("value_after", Kind.MONEY, "Their value up to as_of.", "money", minor=True),
        Column(
            "direction",
            Kind.TEXT,
            "promoted or demoted, as the mean R, F and M score of the cells of the two segments says; same; sideways "
            "between segments of equal standing; new.",
        ),
    ),
    cross=Cross("Customers by segment, then and now", "from_segment", "to_segment", "customers", of_row=True),
)

MANAGEMENT = View(
    name="management",
    title="Attention and value",
    meaning=(
        "One row per segment (or tier, class, stage, loyalty type: --by): its share of the cost of contact beside its "
        "share of value. Needs --contacts, or a cost to serve in --customers."
    ),
    columns=(
        Column("segment", Kind.TEXT, "The segment, or another group of --by."),
        Column("customers", Kind.INTEGER, "Customers in it.", "customers", minor=True),
        Column(
            "cost",
            Kind.MONEY,
            "What contact with them cost; see the notes for its source and unit.",
            "money",
            minor=True,
        ),
        Column("cost_share", Kind.SHARE, "Its part of all cost; missing when there is none.", "of 1"),
        Column(
            "value_share",
            Kind.SHARE,
            "Its part of value, a group without positive value counting as 0; missing when nobody has any.",
            "of 1",
        ),
        Column("index", Kind.NUMBER, "cost_share ÷ value_share; missing without value.", "ratio", bar=True),
        Column(
            "verdict",
            Kind.TEXT,
            "over_managed above 1.5 (or cost without value), under_managed below 0.67, else balanced.",
        ),
        Column(
            "shift_amount",
            Kind.MONEY,
            "What to add to (or, negative, to take away from) the cost so that its share equals value_share: "
            "all cost × value_share − cost, rounded so that the column adds up to 0.",
            "money",
        ),
    ),
)

PROFILE = View(
    name="profile",
    title="Traits by group",
    meaning=(
        "One row per group (--by), attribute and level, the surest differences first: how much more common the level "
        "is in the group than among all customers. Needs --customers or --attribute."
    ),
    columns=(
        Column("group", Kind.TEXT, "The segment, or another group of --by."),
        Column("attribute", Kind.TEXT, "Heading of the attribute."),
        Column(
            "level", Kind.TEXT, "Its value, or range of numbers; (missing), and (others) for levels of few customers."
        ),
        Column("customers", Kind.INTEGER, "Customers of the group who have the level.", "customers", minor=True),
        Column("group_share", Kind.SHARE, "Their part of the group.", "of 1", minor=True),
        Column(
            "base_share",
            Kind.SHARE,
            "Part of all customers who have the level, the group included.",
            "of 1",
            minor=True,
        ),
        Column(
            "index",
            Kind.NUMBER,
            "group_share ÷ base_share; above 1 the level is over-represented.",
            "ratio",
            span=("ci_low", "index", "ci_high"),
        ),
        Column("ci_low", Kind.NUMBER, "Lower 95 % confidence limit of index.", "ratio"),
        Column("ci_high", Kind.NUMBER, "Upper 95 % confidence limit of index.", "ratio"),
        Column(
            "q_value",
            Kind.NUMBER,
            "Share of false findings to expect among the rows up to this one (Benjamini–Hochberg over all rows).",
            "of 1",
        ),
    ),
)

LOOKALIKE = View(
    name="lookalike",
    title="Look-alikes",
    meaning=(
        "One row per prospect (or, without --prospects, per entry of --customers outside the target): how much their "
        "traits resemble those of the customers that --target names. Needs --customers or --attribute, and --target."
    ),
    key=("customer_id",),
    top_by="score",
    columns=(
        Column("customer_id", Kind.ID, "The prospect or customer, as written in the input."),
        Column(
            "score",
            Kind.NUMBER,
            "Estimated probability of belonging to the target; of a known customer, by a model that never saw them.",
            "of 1",
            bar=True,
        ),
        Column("percentile", Kind.NUMBER, "Rows with a lower score, and half of those with the same.", "of 100"),
        Column(
            "reasons",
            Kind.FLAGS,
            "The traits that raise the score most, strongest first, each with what it adds to the log-odds.",
        ),
    ),
)

EXPLAIN = View(
    name="explain",
    title="One customer, step by step",
    meaning="How this customer's row came about, from orders to segment; suggestions come last. Needs --explain ID.",
    columns=(
        Column("step", Kind.TEXT, "orders, scores, segment, value, stage, loyalty, change or suggestion."),
        Column("item", Kind.TEXT, "What is stated."),
        Column("value", Kind.TEXT, "The figure, and where it comes from."),
    ),
)

STRATEGY = View(
    name="strategy",
    title="Suggested contact strategy",
    meaning=(
        "One row per segment, stage and kind of loyalty: suggestions from an editable text (--strategy), none of them "
        "computed. The languages are en and zh (--language)."
    ),
    columns=(
        Column("about", Kind.TEXT, "segment, stage, loyalty (type) or cell (loyalty × value)."),
        Column("name", Kind.TEXT, "Which one."),
        Column("action", Kind.TEXT, "The short form, as in the view segments."),
        Column("contact", Kind.TEXT, "By which channel, and how often.", minor=True),
        Column("offer", Kind.TEXT, "What to say or offer.", minor=True),
        Column("avoid", Kind.TEXT, "What not to do.", minor=True),
    ),
)

MOVEMENT_VIEWS: tuple[View, ...] = (MIGRATION, MANAGEMENT, PROFILE, LOOKALIKE, STRATEGY, EXPLAIN)
