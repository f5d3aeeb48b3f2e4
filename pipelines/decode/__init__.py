"""Bytes to Unicode text: charsets, and the legacy encodings of Vietnamese (TCVN3, VNI, VISCII)."""
