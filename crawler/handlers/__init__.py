"""Download handlers, each wrapping the next: record (WARC) > guard (no private addresses) > dial > HTTP."""
