"""What happened to the customers between two dates, and what it means in money."""
