"""The tests, grouped by what they test; tests/support is the library that they share."""
