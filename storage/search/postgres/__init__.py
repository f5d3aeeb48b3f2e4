"""The search engine on PostgreSQL: tsvector and tsquery."""
