"""Responses that are no page: failed requests, cookie walls, JavaScript shells."""
