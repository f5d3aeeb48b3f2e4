"""Captures as rows: queries, fixity checks, the records of a package."""
