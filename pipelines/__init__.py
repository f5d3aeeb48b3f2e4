"""Pipelines are verbs: what is done to a page.

read [decode > extract > describe > fingerprint] is CPU work in a process pool;
settle [judge > store.put] is one writer, one transaction. chain.py has the order as code.
May import spiders and storage; only crawler may import this room.
"""
