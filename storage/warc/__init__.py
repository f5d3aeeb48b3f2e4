"""WARC files: every exchange as it came over the wire, written once and never changed.

Lives here: writing (write), reading (record_reader), repair after a crash (recover), the index (cdxj).
Files and bytes only; no SQL, no clock, no network. May be imported wherever storage may.
"""
