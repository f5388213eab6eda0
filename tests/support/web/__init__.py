"""A fake server with demo data for the web client, and actions on its pages."""
