"""Links out of feeds, sitemaps, listings and pagers."""
