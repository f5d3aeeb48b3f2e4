"""WARC files: every exchange as it came over the wire, written once and never changed.

Lives here: writing (write), reading (read), repair after a crash (recover), check, cdxj.
Knows files and bytes; no SQL, no clock, no network. May be imported wherever storage may.
"""
