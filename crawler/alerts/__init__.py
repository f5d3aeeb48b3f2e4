"""Messages to people: the sending of them (Apprise), and the alerts of saved searches."""
