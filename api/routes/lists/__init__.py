"""Routes of lists: members, invitations, labels, snapshots and events."""
