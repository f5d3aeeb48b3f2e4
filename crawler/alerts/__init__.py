"""Messages to people, sent through Apprise: the sender itself, and the alerts of saved searches."""
