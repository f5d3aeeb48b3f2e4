"""Links out of feeds, sitemaps, listings and their pagers."""
