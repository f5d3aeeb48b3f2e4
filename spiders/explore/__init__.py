"""Explore: looks at the pages of an unknown site and proposes its profile; pure, pages in, findings out.

Lives here: reading shapes of addresses and layouts off pages by comparing them. No site names.
Does not live here: asking for pages (crawler.onboarding.explore).
"""
