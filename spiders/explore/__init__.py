"""Propose the profile of an unknown site from its pages: pure functions, pages in, rules out.

Lives here: URL patterns, sections, pagers and field rules, found by comparing pages. No site names.
Not here: requests (crawler.onboarding.explore).
"""
