"""Storage knows the archive: what is kept and how it is found again.

Lives here: records, tables, frontier, article store, WARC, search, export; all SQL there is.
Never imports scrapy, twisted or trafilatura: the archive is searched without the crawler.
May be imported by pipelines and crawler; imports neither spiders nor them.
"""
