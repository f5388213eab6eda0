"""Members of lists: invitations, roles, removal."""
