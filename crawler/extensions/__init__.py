"""Scrapy extensions: what watches a crawl, one component a file."""
