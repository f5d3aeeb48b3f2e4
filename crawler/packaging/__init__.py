"""All captures of a site as one WACZ file."""
