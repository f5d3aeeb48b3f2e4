"""The way of one page: read, judge, settle.

`read` (decode, extract, describe, fingerprint) is CPU work in a process pool;
`settle` judges a visit and stores its outcome in the one writer, in one transaction.
May import spiders and storage; only crawler may import this package.
"""
