"""Spiders know the web: where pages come from.

Lives here: pages and links as data, site profiles (TOML), the one spider, link discovery,
URL identity, the explorer. Does not live here: extraction from pages, storage.
May be imported by pipelines and crawler; imports neither storage nor them.
"""
