"""Web push: what a push shows, its encryption, and its delivery to the browsers' push services."""
