"""ASGI middleware: limits of bodies, rates and concurrency, security headers."""
