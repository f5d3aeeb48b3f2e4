"""Messages to people: sending them with Apprise, and the alerts of saved searches."""
