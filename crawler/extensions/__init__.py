"""Scrapy extensions, one a file: politeness and the log of our own errors."""
