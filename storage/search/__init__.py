"""Full-text search of the archive: query language, one package per engine, ranking, results with snippets.

The index is derived from the article store and written in its transactions; it can always be rebuilt.
Not here: pages and JSON. Imported by the article store, the web application and the command line.
"""
