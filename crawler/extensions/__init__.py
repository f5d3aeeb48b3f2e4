"""Scrapy extensions that watch a crawl: the gap between requests to a host, errors in the log."""
