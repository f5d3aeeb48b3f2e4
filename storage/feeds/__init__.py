"""Atom feeds of the articles that changed last, for the archive, a site or a search.

`atom` writes the documents (RFC 4287) and knows no database; `entries` reads the articles.
"""
