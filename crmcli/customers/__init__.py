"""From transactions to one row per customer."""
