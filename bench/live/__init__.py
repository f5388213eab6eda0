"""Measure the time from an edit to the event at another client, under open-loop load."""
