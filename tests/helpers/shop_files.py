"""A small invented shop as files, each with its own peculiarity, and rules of segments for it."""

from __future__ import annotations

SHOP = "order_id,customer_id,date,quantity,unit_price,cost,channel\n" + "".join(
    f"o{number},c{number % (1 + number % 9)},2024-{1 + number % 11:02d}-{13 + number % 15},{1 + number % 4},"
    f"{number % 13 + 1}.25,{number % 7}.10,{'web' if number % 3 else 'shop'}\n"
    for number in range(70)
)
BAD_ROW = "o99,c1,2024-02-30,1,5.00,1.00,web\n"
RULES = """
[[segments]]
name = "silent"
r = [1, 2]
action = "ask why"

[[segments]]
name = "the rest"
"""
CUTS = ("--cuts", "recency_days=30,60,90,120", "--cuts", "frequency=2,3,5,9", "--cuts", "monetary=50,100,150,200")

FILES: dict[str, bytes] = {
    name: text.encode()
    for name, text in {
        "shop.csv": SHOP,
        "bad.csv": SHOP + BAD_ROW,
        "two.csv": "buyer,payer,date,total\nann,bob,2024-01-13,5\nann,cid,2024-01-14,6\n",
        "dates.csv": "customer_id,date,amount\na,03/04/2024,5\nb,05/06/2024,6\n",
        "marks.csv": "customer_id;date;amount\na;2024-01-13;1,234\nb;2024-01-14;5\n",
        "colons.csv": "customer_id:date:amount\na:2024-01-13:5\nb:2024-01-14:6\n",
        "preamble.csv": "Export of 2024\nby the shop\ncustomer_id,date,amount\na,2024-01-13,5\nb,2024-01-14,6\n",
        "mills.csv": "customer_id,date,amount\na,2024-01-13,1.2345\nb,2024-01-14,5.5000\n",
        "cdnow.csv": "customer_id,date,number_of_cds,dollar_value\n00001,19970113,1,11.77\n",
        "formula.csv": "customer_id,date,amount\n=1+1,2024-01-13,5\n@b,2024-01-14,6\n",
        "rules.toml": RULES,
    }.items()
} | {"latin.csv": "customer_id,date,amount\nZoé,2024-01-13,5\n".encode("cp1252")}
"""What the working directory of these tests holds, by name."""
