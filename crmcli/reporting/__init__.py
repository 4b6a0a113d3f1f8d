"""Reports: results of several analyses as one document, through templates; no statistics of its own."""
