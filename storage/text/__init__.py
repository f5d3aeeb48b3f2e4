"""Vietnamese text for search and comparison: tokenizer, accent folding, alignment of two texts."""
