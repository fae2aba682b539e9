"""Pages about people: the settings, the team, sessions, invitations."""
