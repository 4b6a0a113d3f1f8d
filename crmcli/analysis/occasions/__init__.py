"""The customer care calendar: whose birthday or anniversary comes next."""
