"""The canonical columns of a transaction file and the headings under which the world exports them.

Headings are compared after `fold`: case, blanks, `_` and `-` do not matter. Matching is exact after folding, never by
likeness: a guess that is usually right is sometimes silently wrong.
"""

from __future__ import annotations

import unicodedata

CANONICAL: dict[str, str] = {
    "customer_id": "who bought",
    "date": "when",
    "amount": "money of the line",
    "order_id": "lines of one order share it",
    "product": "what was bought",
    "category": "kind of product",
    "quantity": "pieces; negative for returns",
    "unit_price": "money per piece, as paid",
    "discount": "money taken off the line",
    "cost": "cost of the line",
    "refunded": "money of the row that went back later",
    "channel": "where it was sold",
    "currency": "currency of the money",
    "status": "state of the order",
    "promotion": "promotion code",
    "reference_price": "usual money per piece, to hold the paid price against",
    "service_cost": "what serving the line cost, beside its cost",
    "referrer": "customer_id of the customer who referred this one",
}

_ALIASES: dict[str, tuple[str, ...]] = {
    "customer_id": (
        *("customer_id", "customer", "customer no", "customer nr", "customer number", "customer code", "customer key"),
        *("cust", "cust id", "cust no", "cust number", "client", "client id", "client no", "user", "user id", "buyer"),
        *("buyer id", "member", "member id", "member no", "shopper id", "account id", "contact id", "id", "master id"),
        *("sample id", "householdid", "household key", "kundennummer", "kundennr", "kunde", "kunden id"),
        *("client number", "numéro client", "cliente", "id cliente", "código cliente"),
        *(
            "客户编号",
            "客户id",
            "客户号",
            "客户代码",
            "客户",
            "会员编号",
            "会员id",
            "会员号",
            "会员卡号",
            "用户id",
            "用户编号",
        ),
        *("用户", "买家id", "买家", "顾客编号", "顾客id"),
    ),
    "date": (
        *("date", "order date", "invoice date", "transaction date", "transactiondate", "purchase date", "sale date"),
        *("sales date", "txn date", "trans date", "order datetime", "order time", "transaction time", "datetime"),
        *("timestamp", "order timestamp", "created at", "datum", "bestelldatum", "rechnungsdatum"),
        *("auftragsdatum", "date de commande", "date commande", "fecha", "fecha pedido"),
        *(
            "日期",
            "订单日期",
            "下单日期",
            "下单时间",
            "交易日期",
            "交易时间",
            "成交时间",
            "成交日期",
            "购买日期",
            "购买时间",
        ),
        *("销售日期", "消费日期", "消费时间"),
    ),
    "amount": (
        *("amount", "amt", "dollar value", "total", "total amount", "line total", "line amount", "net amount"),
        *("sales", "sales amount", "sale amount", "revenue", "order amount", "order value", "order total"),
        *(
            "transaction amount",
            "purchase amount",
            "spend",
            "total price",
            "total sales",
            "monetary",
            "betrag",
            "umsatz",
        ),
        *(
            "金额",
            "总金额",
            "订单金额",
            "销售额",
            "销售金额",
            "成交金额",
            "交易金额",
            "消费金额",
            "实付金额",
            "付款金额",
        ),
        *("支付金额", "总价"),
    ),
    "order_id": (
        *("order_id", "order", "order no", "order nr", "order number", "order code", "invoice", "invoice id"),
        *("invoice no", "invoice nr", "invoice number", "transaction id", "transaction no", "txn id", "receipt"),
        *("receipt id", "receipt no", "receipt number", "basket id", "basket", "ticket id", "bestellnummer"),
        *("bestellnr", "auftragsnummer", "auftragsnr", "rechnungsnummer", "rechnungsnr", "commande", "pedido"),
        *("订单号", "订单编号", "订单id", "单号", "发票号", "交易号", "交易编号", "流水号", "小票号"),
    ),
    "product": (
        *("product", "product id", "product code", "product no", "product number", "sku", "stock code", "item"),
        *("item id", "item code", "item no", "item number", "article", "article id", "article number"),
        *("商品", "商品编号", "商品编码", "商品id", "产品", "产品编号", "产品编码", "产品id", "货号"),
    ),
    "category": (
        *("category", "product category", "item category", "product type", "department", "product group"),
        *("类别", "品类", "商品类别", "商品分类", "产品类别", "分类"),
    ),
    "quantity": (
        *("quantity", "qty", "units", "pieces", "number of cds", "item quantity", "order quantity", "menge"),
        *("anzahl", "quantité", "cantidad"),
        *("数量", "件数", "购买数量", "销售数量", "商品数量"),
    ),
    "unit_price": (
        *("unit price", "price per unit", "price each", "item price", "selling price", "einzelpreis"),
        *("prix unitaire", "precio unitario"),
        *("单价", "价格", "销售单价", "商品单价"),
    ),
    "discount": ("discount", "discount amount", "line discount", "折扣", "优惠", "折扣金额", "优惠金额"),
    "cost": ("cost", "cogs", "cost of goods", "line cost", "total cost", "成本", "成本金额"),
    # Often a yes or no in files of unknown origin: taken only from a known export or from --map.
    "refunded": (),
    "channel": ("channel", "sales channel", "order channel", "渠道", "销售渠道"),
    "currency": ("currency", "currency code", "币种", "货币"),
    "status": ("status", "order status", "状态", "订单状态", "交易状态"),
    "promotion": (
        *("promotion", "promo", "promo code", "promotion code", "coupon", "coupon code", "discount code", "campaign"),
        *("促销", "优惠券", "活动"),
    ),
    "reference_price": ("reference price", "list price", "rrp", "msrp", "recommended price", "参考价", "标准价"),
    "service_cost": ("service cost", "serving cost", "cost to serve", "服务成本"),
    "referrer": ("referrer", "referrer id", "referred by", "推荐人", "推荐人编号"),
}


_IGNORED = "_-.#°º:\ufeff\u200b"


def fold(heading: str) -> str:
    """A heading as it is compared: full-width forms, case, blanks, `_`, `-` and the marks of numbers made equal."""
    plain = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(char for char in plain if not char.isspace() and char not in _IGNORED)


FOLDED_ALIASES: dict[str, frozenset[str]] = {
    canonical: frozenset(fold(alias) for alias in aliases) for canonical, aliases in _ALIASES.items()
}

PRICE_HEADING = fold("price")
"""`Price` means the amount of the line where no quantity is mapped, and the unit price where one is."""

BARE_NAMES = frozenset(
    fold(name)
    for name in ("customer", "cust", "client", "user", "buyer", "member", "kunde", "cliente", "客户", "用户", "买家")
)
"""Headings that may stand for the number of a customer or for a name."""

BARE_ID = fold("id")
"""The customer where nothing else can be; in a table of orders it is more often the order."""

ATTRIBUTE_ENDINGS = frozenset(
    fold(ending)
    for ending in (
        *("name", "first name", "last name", "email", "mail", "phone", "type", "group", "segment", "class", "status"),
        *("city", "state", "region", "country", "address", "zip", "postcode", "gender", "sex", "age", "birthday"),
        *("since", "note", "notes", "comment", "agent", "language", "rating"),
        *("姓名", "名称", "昵称", "类型", "等级", "电话", "手机", "地址", "城市", "邮箱", "备注", "留言"),
    )
)
"""What follows the word for a customer in headings that describe one and do not identify one."""

PERSON_HEADINGS = frozenset(fold(name) for name in ("email", "e-mail", "mail", "email address", "name", "邮箱", "姓名"))
"""Headings that name a person beside a bare `id`, which then is hardly that person's."""

ORDER_TOTAL_HEADINGS = frozenset(
    fold(name)
    for name in ("order total", "order amount", "order value", "total", "total amount", "订单金额", "总金额", "总价")
)
"""Headings of an amount that may be the whole order's, repeated on each of its rows."""
