"""The search engine on PostgreSQL (tsvector)."""
