"""Visits to sites and their reports: what health is judged by, status reviews, candidate sites."""
