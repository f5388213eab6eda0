"""The OpenAPI and AsyncAPI documents, their examples, and the page that shows them."""
