"""The sections of a report, a module each: from results to plain data, None where the input gives no such section."""
