"""Run ordinary load for an hour and check that nothing grows and no event is lost."""
