"""The views of the comparison of two windows, declared once."""

from __future__ import annotations

from crmcli.analysis.views import Catalogue, Column, Kind, View

_CUSTOMERS, _ORDERS, _MONEY, _DAYS, _SHARE = "customers", "orders", "money", "days", "of 1"

_STATE = (
    "The first that fits. new: the first order lies in the window. returned: ordered in it, and was lost at the end of "
    "the window before. kept: ordered in it otherwise. lost: silent for longer than lost_after_days at the end of the "
    "window, but not at the end of the one before. paused: ordered in the window before, not in this one, and is not "
    "lost. no_order: none of these, but money of older orders moved (refunds, later lines of an order)."
)

_FIGURES = (
    Column("orders", Kind.INTEGER, "Orders that began in the window; a refund is no order.", _ORDERS),
    Column("orders_before", Kind.INTEGER, "The same in the window before.", _ORDERS, minor=True),
    Column("revenue", Kind.MONEY, "Money of the window, net of refunds.", _MONEY),
    Column("revenue_before", Kind.MONEY, "The same of the window before.", _MONEY),
    Column("change", Kind.MONEY, "revenue − revenue_before.", _MONEY),
)

CUSTOMERS = View(
    name="customers",
    title="What happened to whom",
    meaning=(
        "One row per customer who ordered in the window or in the one before, was lost in it, or whose money moved; "
        "revenue and revenue_before add up to those of all customers."
    ),
    key=("customer_id",),
    top_by="change",
    columns=(
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("state", Kind.TEXT, _STATE),
        *_FIGURES,
        Column("sales", Kind.MONEY, "Money of the window before refunds are taken off.", _MONEY, minor=True),
        Column("sales_before", Kind.MONEY, "The same of the window before.", _MONEY, minor=True),
        Column("past_revenue", Kind.MONEY, "All money so far, net of refunds.", _MONEY, minor=True),
        Column("first_date", Kind.DATE, "Day of the first order.", minor=True),
        Column("last_date", Kind.DATE, "Day of the last order.", minor=True),
        Column("silent_days", Kind.INTEGER, "Days from last_date to the end of the window.", _DAYS),
    ),
)

STATES = View(
    name="states",
    title="What happened to customers",
    meaning="One row per state of the view customers; every one of these customers is in exactly one.",
    columns=(
        Column("state", Kind.TEXT, _STATE),
        Column("customers", Kind.INTEGER, "Customers of whom it is true.", _CUSTOMERS, bar=True),
        *_FIGURES,
        Column("past_revenue", Kind.MONEY, "All their money so far, net of refunds.", _MONEY),
    ),
)

BRIDGE = View(
    name="bridge",
    title="Revenue bridge",
    meaning=(
        "Revenue of the window before, what changed, revenue of the window; the rows between add up to the difference, "
        "to the last minor unit. Sales = customers with an order × orders per customer × sales per order; each factor "
        "gets its part by the log-mean (LMDI-I), and refunds the change of refunds. Without customers in one window "
        "all sales go to customers."
    ),
    columns=(
        Column(
            "component",
            Kind.TEXT,
            "revenue_before, customers, orders_per_customer, order_value, refunds, revenue_now.",
        ),
        Column("amount", Kind.MONEY, "Revenue net of refunds, or what the component adds to it.", _MONEY),
        Column(
            "before",
            Kind.NUMBER,
            "The component in the window before: a count, a mean, or money; empty for revenue.",
            minor=True,
        ),
        Column("now", Kind.NUMBER, "The component in the window.", minor=True),
    ),
)

FLOWS = View(
    name="flows",
    title="Where sales came from",
    meaning=(
        "Sales of the window before (start), what each kind of customer added or took away, and sales of the window "
        "(end), the sum of the rows above. Money before refunds, as in the rates of churn."
    ),
    columns=(
        Column(
            "flow",
            Kind.TEXT,
            "start; expansion and contraction of customers with sales in both windows; churned: sales before, none "
            "now; new: first order in the window; reactivated: sales now, none in the window before, an order earlier "
            "(not necessarily from a customer who was lost, as returned is); end.",
        ),
        Column("customers", Kind.INTEGER, "Customers with such money.", _CUSTOMERS),
        Column("amount", Kind.MONEY, "Money; what was lost is negative.", _MONEY),
        Column("share_of_start", Kind.SHARE, "amount ÷ start; missing when there is none.", _SHARE),
    ),
)

MOVERS = View(
    name="movers",
    title="Largest changes",
    meaning="The customers whose revenue rose most between the windows, then those whose revenue fell most.",
    columns=(
        Column("direction", Kind.TEXT, "gain or loss."),
        Column("customer_id", Kind.ID, "The customer, as written in the input."),
        Column("state", Kind.TEXT, "As in the view customers."),
        *_FIGURES,
    ),
)

CHANGE_CATALOGUE = Catalogue(
    command="report",
    views=(CUSTOMERS, STATES, BRIDGE, FLOWS, MOVERS),
    default="customers",
    page=("states", "bridge", "flows", "movers"),
)
