"""A new site: exploring it to propose a profile, and a trial crawl with that profile."""
