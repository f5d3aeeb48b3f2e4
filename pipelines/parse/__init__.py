"""Printed strings to values: dates, bylines, source lines. No trees, no pages."""
