"""Pictures of a report as plain Vega-Lite dictionaries: one pure function per chart, from rows of views."""
