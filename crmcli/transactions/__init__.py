"""From files to one typed lazy frame of transactions, with an account of every row."""
