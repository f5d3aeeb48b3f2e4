"""Files an article offers (PDF, Office, images): their type and their text."""
