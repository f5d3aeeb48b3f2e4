"""The units of Việt Nam before and after the reform of 2025, and what became of each.

Data in tables, read when first asked. No SQL, no pages: who names a unit is found in `pipelines/places.py`.
"""
