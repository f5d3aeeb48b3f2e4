"""Health of sites: each visit is compared with the site's own past.

The rules are pure; assess, overview, page_comparison and end_of_night read the archive.
"""
