"""Replica sites: five small web servers that imitate the seed systems, so every field's truth is known.

Here live the invented prose, the templates, the loopback servers and their faults; nothing real is served.
May be started by `congdoan demo`, tests and benchmarks; nothing in the other rooms may import it.
"""
