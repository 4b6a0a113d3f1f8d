"""Invoices: the files of a credit ledger in; documents, allocated payments and balances of any day out."""
