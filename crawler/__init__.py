"""Crawler is the running program: settings, command line, schedule, politeness, health.

Lives here: everything about when, how politely and from which command.
Does not live here: what a page means (pipelines), where pages are (spiders), SQL (storage).
May import every other room; nobody imports this one.
"""
