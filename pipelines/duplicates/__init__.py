"""Fingerprints, near-duplicates, and how two texts are related."""
