"""The identity of a URL: canonical form, class by the profile, traps, public addresses."""
