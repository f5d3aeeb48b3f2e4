"""Fingerprints, near-duplicates, and the relation between two texts (copy, quotation, follow-up)."""
