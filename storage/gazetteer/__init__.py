"""The units of Việt Nam before and after the reform of 2025, and what became of each.

Data in tables, read when first asked. Who names a unit is found in `pipelines/describe/places.py`.
"""
