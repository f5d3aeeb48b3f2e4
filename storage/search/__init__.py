"""Full-text search of the archive: folding, query language, one module per engine, snippets.

An index derived from the article store and written in its transactions; never the only copy of anything.
Does not live here: pages, JSON, anything a reader sees except where the words stand in a text.
May be imported by the article store, the reading room and the command line.
"""
