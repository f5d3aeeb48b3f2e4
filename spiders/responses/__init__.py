"""Answers that are no page: failures, cookie walls, JavaScript shells."""
