"""Vietnamese text for search and comparison: tokenizer, exact forms, accent folding."""
