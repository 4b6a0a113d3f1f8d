"""Everything that turns a result into bytes: pages for people, one table at a time for machines."""
