"""The identity of a URL: canonical form, class by the profile, crawler traps, public addresses."""
