"""Make the sample data of crmcli: three years of an invented shop. Same files, byte for byte, on every run.

Leaf & Letter sells tea, stationery and things for the home, over a counter and on the web, to people, to small
businesses and to a dozen dealers. Nothing in the files is real. README.md beside this script describes every file and
column and what has been planted; the modules beside it say why each figure is believable:

    dice.py       the draws, from one seed
    days.py       the calendar: seasons, weekdays, growth
    catalogue.py  products, prices, promotions
    names.py      names in many languages
    customers.py  who buys, and their habits;  accounts.py: who may pay later
    shop.py       orders, baskets, refunds
    contacts.py   visits, calls, letters
    campaigns.py  whom campaigns reached, what they brought in and cost
    credit.py     invoices and payments
    writers.py    the files
    exports.py    the last half year as other systems write it: the folder ugly

Run it from anywhere: python sample_data/generate.py [--out DIR]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import campaigns
import writers
from contacts import draw_contacts
from credit import draw_ledger
from customers import draw_customers
from exports import EXPORTS, last_half_year
from shop import draw_orders

HERE = Path(__file__).resolve().parent


def tables() -> dict[str, writers.Table]:
    """Draw the whole sample and return it as tables by file name."""
    customers = draw_customers()
    orders = draw_orders(customers)
    ledger = draw_ledger(orders)
    log = draw_contacts(customers, orders)
    reached = campaigns.draw_reached(customers, orders, log)
    return {
        "transactions.csv": writers.transactions(orders),
        "customers.csv": writers.customers(customers),
        "contacts.csv": writers.contacts(log),
        "campaign_contacts.csv": writers.campaign_contacts(reached),
        "campaign_receipts.csv": writers.campaign_receipts(campaigns.receipts(orders)),
        "campaign_expenses.csv": writers.campaign_expenses(campaigns.expenses(reached)),
        "invoices.csv": writers.invoices(ledger),
        "payments.csv": writers.payments(ledger),
    }


def generate(folder: Path) -> None:
    """Write every file of the sample into a folder, which is made when it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = tables()
    for name, table in drawn.items():
        writers.write_csv(table, folder / name)
    writers.write_parquet(drawn["transactions.csv"], folder / "transactions.parquet")
    export(drawn["transactions.csv"], folder / "ugly")


def export(transactions: writers.Table, folder: Path) -> None:
    """Write the exports of other systems into a folder, which is made when it is missing."""
    folder.mkdir(exist_ok=True)
    recent = last_half_year(transactions)
    for name, way in EXPORTS.items():
        (folder / name).write_bytes(way.content(recent))


def main() -> None:
    """Read the command line and generate."""
    parser = argparse.ArgumentParser(description="Make the sample data of crmcli.")
    parser.add_argument("--out", type=Path, default=HERE, metavar="DIR", help="folder to write to (default: this one)")
    generate(parser.parse_args().out)


if __name__ == "__main__":
    main()
