"""What a document is: an invoice adds to what is owed; payments, credit notes and write-offs take off it."""

from __future__ import annotations

from enum import StrEnum

import polars as pl

from crmcli.transactions.aliases import fold


class DocKind(StrEnum):
    """The four kinds of a credit ledger."""

    INVOICE = "invoice"
    PAYMENT = "payment"
    CREDIT = "credit_note"
    WRITE_OFF = "write_off"


_TYPES: dict[DocKind, tuple[str, ...]] = {
    DocKind.INVOICE: (
        *("invoice", "inv", "sales invoice", "tax invoice", "rv", "dr", "accrec", "out_invoice", "customer invoice"),
        *("debit note", "debit memo", "bill", "rechnung", "发票", "销售发票", "应收单", "应收", "charge", "i", "x"),
        *("finance charge", "opening balance"),
    ),
    DocKind.PAYMENT: (
        *("payment", "pmt", "receipt", "dz", "payment entry", "customer payment", "accrecpayment", "cash receipt"),
        *("收款", "收款单", "回款", "付款", "zahlung", "zahlungseingang", "deposit", "prepayment", "预收", "预收款"),
        *("overpayment", "accrecprepayment", "accrecoverpayment", "refund", "p", "bank receipt", "entry"),
        *("sales overpayment", "sales prepayment"),
    ),
    DocKind.CREDIT: (
        *("credit note", "credit_note", "credit memo", "creditmemo", "credit", "cn", "dg", "accreccredit"),
        *(
            "out_refund",
            "customer credit note",
            "gutschrift",
            "红字发票",
            "贷项通知单",
            "退货",
            "allowance",
            "discount",
        ),
        *("sales credit note", "customer credit", "cash discount", "return", "c", "sales return", "退款"),
    ),
    DocKind.WRITE_OFF: (
        *("write off", "write_off", "writeoff", "write-off", "bad debt", "bad_debt", "baddebt", "ausbuchung"),
        *("坏账", "坏账核销", "核销坏账", "uncollectible"),
    ),
}
KIND_OF: dict[str, DocKind] = {fold(word): kind for kind, words in _TYPES.items() for word in words}
"""Folded type → kind."""

TRUE_WORDS = frozenset(fold(word) for word in ("yes", "y", "true", "t", "1", "x", "ja", "是", "有", "disputed", "争议"))

PAID_WORDS = frozenset(
    fold(word)
    for word in (
        *("paid", "fully paid", "paid in full", "settled", "cleared", "closed", "bezahlt", "ausgeglichen"),
        *("已付", "已付款", "已收款", "已结清", "已核销"),
    )
)
"""States of an invoice that leaves nothing …"""

PARTLY_PAID_WORDS = frozenset(
    fold(word)
    for word in (
        "partially paid",
        "partly paid",
        "part paid",
        "partial",
        "in payment",
        "teilbezahlt",
        "部分付款",
        "部分收款",
    )
)
"""… and of one that leaves less than its amount."""

DEBIT_WORDS = frozenset(fold(word) for word in ("s", "d", "dr", "debit", "soll", "借", "借方"))
CREDIT_WORDS = frozenset(fold(word) for word in ("h", "c", "cr", "credit", "haben", "k", "贷", "贷方"))


def folded_text(name: str) -> pl.Expr:
    """A column as these words compare."""
    return pl.col(name).str.to_lowercase().str.replace_all(r"[\s_.#-]", "")


def kind_of(text: str) -> DocKind | None:
    """The kind that a document type means, or None for a type that is not known."""
    return KIND_OF.get(fold(text))
