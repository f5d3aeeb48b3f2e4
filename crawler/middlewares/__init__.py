"""Scrapy downloader middlewares: robots.txt, conditional GET, cookie walls, ASP.NET postbacks."""
