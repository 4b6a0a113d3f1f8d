"""The facts of a report: the names that `--fail-if`, `--facts` and templates know, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmcli.reporting.material import Material


@dataclass(frozen=True, slots=True)
class Source:
    """A fact of a report: the result that has it, its name there, and what it is."""

    result: str
    name: str
    meaning: str


SOURCES: dict[str, Source] = {
    "revenue_now": Source("change", "revenue_now", "revenue of the period"),
    "revenue_before": Source("change", "revenue_before", "revenue of the period before"),
    "revenue_change": Source("change", "revenue_change", "the one less the other"),
    "revenue_change_share": Source("change", "revenue_change_share", "that change, as a share of the period before"),
    "active_customers": Source("change", "active_customers", "customers who ordered in the period"),
    "active_before": Source("change", "active_before", "customers who ordered in the period before"),
    "new_customers": Source("change", "new_customers", "customers whose first order came in the period"),
    "returned_customers": Source("change", "returned_customers", "customers who came back after the churn window"),
    "lost_customers": Source("change", "lost_customers", "customers who passed the churn window in the period"),
    "nrr": Source("change", "nrr", "net revenue retention, of 1"),
    "grr": Source("change", "grr", "gross revenue retention, of 1"),
    "quick_ratio": Source("change", "quick_ratio", "revenue won for each unit lost"),
    "promoted_customers": Source("segment", "promoted_customers", "customers who moved up, by their own behaviour"),
    "demoted_customers": Source("segment", "demoted_customers", "customers who moved down, by their own behaviour"),
    "promoted_value": Source("segment", "promoted_value", "value of those who moved up"),
    "demoted_value": Source("segment", "demoted_value", "value of those who moved down"),
    "customers": Source("segment", "customers", "all customers"),
    "orders": Source("segment", "orders", "all orders"),
    "revenue": Source("segment", "revenue", "all revenue, net of refunds"),
    "gini": Source("segment", "gini", "Gini coefficient of value"),
    "top_20_percent_share": Source("segment", "top_20_percent_share", "value held by the best 20 % of customers"),
    "one_order_customers": Source("segment", "one_order_customers", "customers with a single order"),
    "future_value": Source("clv", "future_value", "expected value of the horizon (--horizon, 365 days)"),
    "future_value_low": Source("clv", "future_value_low", "lower bound of that"),
    "future_value_high": Source("clv", "future_value_high", "upper bound of that"),
    "customers_alive": Source("clv", "customers_alive", "customers expected still to be active"),
    "value_at_risk": Source("churn", "value_at_risk", "value of those not lost that may go with them"),
    "value_at_risk_share": Source("churn", "value_at_risk_share", "the same as a share of what they are worth"),
    "churned_customers": Source("churn", "lost_customers", "all customers past their own point of no return"),
    "contact_customers": Source("churn", "contact_customers", "customers whom it pays to contact"),
    "contact_profit": Source("churn", "contact_profit", "expected profit of contacting them"),
    "churn_window_days": Source("segment", "churn_window_days", "silence after which a customer counts as lost"),
    "auc": Source("churn", "auc", "how well the churn score ranked customers on the test date"),
    "receivables": Source("credit", "receivables", "all that customers owe"),
    "overdue": Source("credit", "overdue", "the part of it that is past due"),
    "overdue_items": Source("credit", "overdue_items", "invoices past due"),
    "dso": Source("credit", "dso", "days sales outstanding"),
    "campaign_response_rate": Source("campaigns", "campaign_response_rate", "responders ÷ customers contacted"),
    "campaign_receipts": Source("campaigns", "campaign_receipts", "receipts of all campaigns"),
    "campaign_expenses": Source("campaigns", "campaign_expenses", "expenses of all campaigns"),
    "campaign_return": Source("campaigns", "campaign_return", "(receipts − expenses) ÷ expenses"),
}
"""Every documented fact that comes from an analysis."""

COUNTS: dict[str, str] = {
    "rows_read": "rows of the transaction files",
    "rows_used": "rows that count",
    "rows_quarantined": "rows set aside as unreadable",
}
"""Facts about the input itself."""

OVERDUE_SHARE = "overdue_share"
DERIVED: dict[str, str] = {OVERDUE_SHARE: "overdue ÷ (overdue + not due), of 1"}

FACT_NAMES = (*SOURCES, *DERIVED, *COUNTS)
"""All of them, in the order of the documentation."""


def report_facts(material: Material) -> dict[str, Any]:
    """Every documented fact by its name; None where this input does not give it."""
    found = {name: material.value(source.result, source.name) for name, source in SOURCES.items()}
    found[OVERDUE_SHARE] = _overdue_share(material)
    return {**found, **{name: material.load.get(name) for name in COUNTS}}


def _overdue_share(material: Material) -> float | None:
    """None without invoices, for several currencies, and where only what is open is known."""
    credit = material.results.get("credit")
    if credit is None or "kpis" not in credit.tables:
        return None
    rows = [row for row in credit.tables["kpis"].rows(named=True) if row["measure"] == OVERDUE_SHARE]
    return rows[0]["value"] if len(rows) == 1 else None
