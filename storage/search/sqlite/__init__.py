"""The search engine on SQLite (FTS5)."""
