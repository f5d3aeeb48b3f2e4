"""The order of hits: BM25, proximity, relaxed matches."""
