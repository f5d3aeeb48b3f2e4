"""Files an article offers (PDF, Office, images): their type by their bytes, and their text."""
