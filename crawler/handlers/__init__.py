"""Download handlers, each wrapping the next: WARC record > host guard > replica dial > HTTP."""
