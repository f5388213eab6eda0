"""Tests of everything that holds for HTTP requests on every route."""
