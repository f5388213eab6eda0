"""Todo lists as collections of calendar objects: what api/caldav/ serves."""
