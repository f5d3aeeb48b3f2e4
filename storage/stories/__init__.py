"""Stories: clusters of near-duplicates, their relations, and their likely source."""
