"""Ranking of search hits: the meaning of a query, BM25, word proximity, relaxed matches."""
