"""Pages that come from files instead of the network: saved pages and HTTrack mirrors."""
