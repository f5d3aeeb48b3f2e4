"""Atom: feeds of what is new, for the archive, a site or a saved search.

`document` writes them (RFC 4287) and knows no database; `entries` reads what is in them.
"""
