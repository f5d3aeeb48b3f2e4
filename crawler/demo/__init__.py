"""Replica sites: five small web servers that imitate the seed systems, with every field's true value known.

Holds the generated prose, the templates, the loopback servers and their faults; no real content is served.
Used by `congdoan demo`, tests and benchmarks only.
"""
