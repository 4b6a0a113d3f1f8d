"""The canonical columns of credit files and the headings under which ledgers export them.

Compared like the headings of transactions: equal after folding, never alike. The first alias group that a header holds
wins, so that `InvoiceDate` beats `Date` where both stand.
"""

from __future__ import annotations

from crmcli.transactions.aliases import fold

INVOICE_COLUMNS: dict[str, str] = {
    "invoice_id": "number of the document",
    "customer_id": "who owes",
    "invoice_date": "date of the document",
    "amount": "money of the document",
    "due_date": "when it is to be paid",
    "terms": "net 30, 2/10 net 30, EOM …",
    "paid_date": "when it was settled",
    "paid_amount": "what was paid then",
    "open_amount": "what is still owed, in a list of open items",
    "credit_amount": "what was credited on it",
    "doc_type": "invoice, payment, credit note, write-off",
    "debit_credit": "debit or credit, beside amounts without sign",
    "debit": "money added to the account",
    "credit": "money taken off the account",
    "reference": "the invoice that a payment or credit note is for",
    "disputed": "yes where the customer objects",
    "currency": "currency of the money",
    "credit_limit": "limit in force",
    "country": "where the invoice went",
    "channel": "how it went out: paper, electronic …",
    "status": "state of the document; drafts and voided ones do not count",
}
PAYMENT_COLUMNS: dict[str, str] = {
    "payment_id": "number of the payment",
    "customer_id": "who paid",
    "invoice_id": "the invoice paid",
    "date": "when the money came",
    "amount": "money that came",
    "doc_type": "payment, credit note, write-off",
    "currency": "currency of the money",
}
ATTRIBUTE_COLUMNS: dict[str, str] = {
    "customer_id": "the customer",
    "terms": "usual terms of payment",
    "credit_limit": "limit in force",
    "net_worth": "own funds",
    "working_capital": "current assets less current debts",
    "years_in_business": "age of the firm",
    "collateral_amount": "pledged",
    "insured_amount": "covered by credit insurance",
    "deposit": "held as deposit",
    "industry": "trade",
    "region": "place",
    "visit_rating": "impression of the last visit, 1 to 5",
    "bureau_score": "score of a credit bureau, 0 to 100",
}

_CUSTOMER = (
    ("customer id", "customer no", "customer nr", "customer number", "customer code", "cust number", "cust id"),
    ("cust no", "kunnr", "customerid", "client id", "client number", "account number", "debtor id", "debtor number"),
    ("kundennummer", "kundennr", "debitor", "客户编号", "客户id", "客户号", "客户代码", "客户编码"),
    ("customer", "party", "partner", "partner id", "contact name", "customer name", "name customer", "client"),
    ("debtor", "invoice partner display name", "invoice partner", "business partner", "account", "kunde", "contact"),
    ("客户", "客户名称", "往来单位", "购货单位"),
)
_INVOICE = (
    ("invoice id", "invoice number", "invoice no", "invoice nr", "invoice", "belnr", "发票号", "发票号码", "发票编号"),
    ("document number", "document no", "doc id", "doc no", "doc number", "voucher no", "move name", "rechnungsnummer"),
    ("rechnungsnr", "belegnummer", "belegnr", "单据编号", "单据号", "凭证号"),
    ("bill no", "bill number", "num", "number"),
)
_CURRENCY = (
    ("currency", "currency code", "invoice currency", "waers", "doc currency", "document currency", "currency id"),
    ("币种", "货币", "币别", "währung", "local currency", "belegwährung", "hauswährung"),
)
_TERMS = (
    ("terms", "payment terms", "cust payment terms", "payment term", "zterm", "invoice payment term id"),
    ("property payment term id", "credit terms", "付款条件", "账期", "信用期", "zahlungsbedingung"),
)
_LIMIT = (("credit limit", "limit", "creditlimit", "klimk", "信用额度", "授信额度", "kreditlimit"),)
_TYPE = (
    ("doc type", "document type", "type", "voucher type", "transaction type", "blart", "move type", "kind"),
    ("单据类型", "凭证类型", "业务类型", "belegart"),
)

_INVOICE_ALIASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "invoice_id": _INVOICE,
    "customer_id": _CUSTOMER,
    "invoice_date": (
        (
            "invoice date",
            "invoice/bill date",
            "bldat",
            "document date",
            "开票日期",
            "发票日期",
            "rechnungsdatum",
            "bill date",
        ),
        (
            "posting date",
            "budat",
            "document create date",
            "date",
            "单据日期",
            "记账日期",
            "日期",
            "belegdatum",
            "datum",
        ),
    ),
    "amount": (
        ("invoice amount", "amount", "invoice total", "total amount", "amount in lc", "应收金额", "发票金额"),
        ("amount in local currency", "amount in doc curr", "dmbtr", "wrbtr", "grand total", "invoiced amount"),
        ("amount total signed", "total signed", "amount total", "betrag", "rechnungsbetrag", "价税合计", "金额"),
        ("开票金额", "betrag in hauswährung", "betrag in hw", "betrag in belegwährung", "original amount"),
        ("invoiced", "total", "total open amount"),
    ),
    "due_date": (
        ("due date", "due in date", "net due date", "netdt", "faedt", "invoice date due", "date maturity"),
        ("duedate", "到期日", "到期日期", "应收日期", "付款到期日", "fälligkeit", "fälligkeitsdatum", "fällig am"),
        ("nettofälligkeit", "nettofälligkeitsdatum", "due", "due on", "due by", "payment due date", "付款期限"),
    ),
    "terms": _TERMS,
    "paid_date": (
        ("paid date", "settled date", "settlement date", "clear date", "clearing date", "clearing", "augdt"),
        ("payment date", "date paid", "date settled", "收款日期", "回款日期", "付款日期", "结算日期", "zahlungsdatum"),
        ("ausgleich", "ausgleichsdatum", "fully paid on date"),
    ),
    "paid_amount": (
        ("paid amount", "amount paid", "invoice amount paid", "paid", "已收金额", "收款金额", "回款金额", "已付金额"),
    ),
    "open_amount": (
        ("open amount", "open balance", "amount due", "invoice amount due", "outstanding", "outstanding amount"),
        ("amount residual signed", "amount residual", "amount due signed", "balance due", "balance"),
        ("remaining amount", "remaining amt", "未收金额", "应收余额", "余额"),
    ),
    "credit_amount": (("credit amount", "credited amount", "credit note amount", "credit note", "贷项金额"),),
    "doc_type": _TYPE,
    "debit_credit": (("debit credit", "shkzg", "dr cr", "d c", "debit credit ind", "借贷方向", "soll haben"),),
    "debit": (("debit", "debit amount", "dr", "借方", "借方金额", "soll"),),
    "credit": (("credit", "cr", "贷方", "贷方金额", "haben"),),
    "reference": (
        ("reference", "applied to", "against voucher", "against voucher no", "rebzg", "invoice reference"),
        ("reversed entry id", "rechnungsbezug", "applies to", "original invoice"),
        ("关联发票号", "核销发票号", "对应发票号"),
    ),
    "disputed": (("disputed", "dispute", "is disputed", "in dispute", "争议", "是否争议"),),
    "currency": _CURRENCY,
    "credit_limit": _LIMIT,
    # Nobody needs these two, so of several headings the first is taken.
    "country": (("country code",), ("country",), ("bill to country",), ("billing country",), ("国家代码", "国家")),
    "channel": (("paperless bill",), ("billing channel",), ("delivery method",), ("channel",), ("开票方式",)),
    "status": (("status", "invoice status", "document status", "state", "单据状态", "状态"),),
}
_PAYMENT_ALIASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "payment_id": (("payment id", "payment number", "payment no", "receipt no", "收款单号"),),
    "customer_id": (*_CUSTOMER, ("received from", "payer", "paid by", "付款人", "付款单位")),
    "invoice_id": (
        ("invoice id", "invoice number", "invoice no", "invoice nr", "invoice", "发票号", "发票号码", "发票编号"),
        ("reference", "applied to", "against voucher", "reference name", "rebzg", "belnr", "doc id", "核销发票号"),
        ("rechnungsnummer", "document number", "against invoice", "invoice ref", "invoice reference"),
    ),
    "date": (
        (
            "payment date",
            "date paid",
            "paid date",
            "receipt date",
            "date received",
            "收款日期",
            "回款日期",
            "付款日期",
            "zahlungsdatum",
        ),
        ("date", "posting date", "budat", "bldat", "clear date", "augdt", "settled date", "日期", "datum"),
    ),
    "amount": (
        ("payment amount", "paid amount", "amount paid", "received amount", "amount received", "receipt amount"),
        ("收款金额", "回款金额"),
        ("amount", "allocated amount", "dmbtr", "wrbtr", "total", "金额", "betrag"),
    ),
    "doc_type": _TYPE,
    "currency": _CURRENCY,
}
_ATTRIBUTE_ALIASES: dict[str, tuple[tuple[str, ...], ...]] = {
    "customer_id": _CUSTOMER,
    "terms": _TERMS,
    "credit_limit": _LIMIT,
    "net_worth": (("net worth", "equity", "净资产"),),
    "working_capital": (("working capital", "营运资金", "营运资本"),),
    "years_in_business": (("years in business", "company age", "经营年限"),),
    "collateral_amount": (("collateral amount", "collateral", "抵押金额", "担保金额"),),
    "insured_amount": (("insured amount", "insured", "insurance", "保险金额"),),
    "deposit": (("deposit", "deposit amount", "保证金", "押金"),),
    "industry": (("industry", "sector", "trade", "行业"),),
    "region": (("region", "area", "territory", "地区", "区域"),),
    "visit_rating": (("visit rating", "visit score", "拜访评分", "走访评分"),),
    "bureau_score": (("bureau score", "credit bureau score", "paydex", "征信评分"),),
}


def _folded(aliases: dict[str, tuple[tuple[str, ...], ...]]) -> dict[str, tuple[frozenset[str], ...]]:
    """Alias groups as they are compared, the canonical name itself before all of them."""
    return {
        name: (frozenset({fold(name)}), *(frozenset(fold(alias) for alias in group) for group in groups))
        for name, groups in aliases.items()
    }


INVOICE_ALIASES = _folded(_INVOICE_ALIASES)
PAYMENT_ALIASES = _folded(_PAYMENT_ALIASES)
ATTRIBUTE_ALIASES = _folded(_ATTRIBUTE_ALIASES)

REPEATED_TOTALS = frozenset(fold(name) for name in ("total", "invoice total", "grand total", "价税合计"))
"""Headings of an amount that line exports repeat on every line of a document …"""

LINE_HEADINGS = frozenset(
    fold(name)
    for name in ("line amount", "unit amount", "unit price", "quantity", "description", "inventory item code")
)
"""… where one of these says that rows are lines."""

PAYMENT_PREFIX = "payments."
ATTRIBUTE_PREFIX = "customers."

MAPPABLE: tuple[str, ...] = (
    *INVOICE_COLUMNS,
    *(PAYMENT_PREFIX + name for name in PAYMENT_COLUMNS),
    *(ATTRIBUTE_PREFIX + name for name in ATTRIBUTE_COLUMNS),
)
"""What `--map` may name for this command: a prefix says which of the files is meant."""
