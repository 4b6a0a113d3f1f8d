"""The command line: parse, call, present. No statistics and no formatting of its own."""
