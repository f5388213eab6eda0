"""Tests of the configurations in deploy/: each is run, or parsed and compared with the code."""
