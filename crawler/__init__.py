"""The running program: settings, command line, nights, politeness, health.

Lives here: when, how politely and by which command a site is crawled.
Not here: what a page means (pipelines), where pages are (spiders), SQL (storage).
May import the three other packages; none of them imports this one.
"""
