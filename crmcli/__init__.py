"""crmcli: customer-relationship decisions from plain transaction, customer and invoice files."""

__version__ = "0.1.0"
