"""Ranking of hits: what a query matches, BM25, word proximity, relaxed matches."""
