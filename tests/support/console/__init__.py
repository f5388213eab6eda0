"""Programs that stand in for API and worker in the tests of `./livelist up`."""
