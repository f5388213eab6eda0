"""The routes of the HTTP API: by subject, one module for each resource."""
