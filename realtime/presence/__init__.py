"""Who is present in which list and edits which todo, on one node and between nodes."""
