"""Replica sites: five small web servers that imitate real systems; the right value of every field is known.

Lives here: invented prose, templates, loopback servers and the faults they serve; nothing real is served.
Used by `congdoan demo`, tests and benchmarks; no other package imports it.
"""
