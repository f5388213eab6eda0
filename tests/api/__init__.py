"""HTTP as clients meet it, whatever the route."""
