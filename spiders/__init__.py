"""Spiders know the web: where pages come from.

Lives here: what any source of pages yields, site profiles (TOML), the one spider,
link discovery and URL identity. Does not live here: what is done to a page, what is kept.
May be imported by pipelines and crawler; imports neither storage nor them.
"""
