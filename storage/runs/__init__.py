"""Visits to sites and their reports: past runs for health, status reviews, candidate sites."""
