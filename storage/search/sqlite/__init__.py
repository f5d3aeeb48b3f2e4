"""The search engine on SQLite: FTS5 tables, MATCH expressions, ranking, index check."""
