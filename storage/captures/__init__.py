"""Captures as rows: reading them back, fixity, packages."""
