"""The API process: HTTP routes, their middleware and documents, and the web client."""
