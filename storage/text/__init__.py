"""Vietnamese text for search and comparison: tokens and accent folding."""
