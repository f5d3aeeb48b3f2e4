"""Stories: clusters of near-duplicates, the relations between them, and attribution to a source."""
