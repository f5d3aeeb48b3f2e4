"""A new site: exploring it for a profile, and a trial crawl of that profile."""
