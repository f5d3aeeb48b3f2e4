"""The archive: what is stored, and how it is found again. All SQL of the program is here.

Lives here: records, tables, frontier, articles, WARC files, search, exports, the web application.
Never imports scrapy, twisted or trafilatura: the archive can be searched without the crawler.
Pipelines and crawler may import this package; it imports neither them nor spiders.
"""
