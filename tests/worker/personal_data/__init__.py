"""Tests of exports of an account's data, and of the deletion after the time of grace."""
