"""Tests of the source, the documentation and the deployment files."""
