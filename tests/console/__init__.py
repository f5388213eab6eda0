"""Tests of `./livelist`: its bootstrap, its commands, the supervisor and the embedded broker."""
