"""The administrative units of Việt Nam before and after the reform of 2025, their names and successors.

Data in tables, read on first use. `pipelines/describe/places.py` finds units in a text.
"""
