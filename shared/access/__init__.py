"""Authorization: `policy` says which role may do what, `gate` decides for an actor."""
