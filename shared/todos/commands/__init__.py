"""Writes of todos, one module for each verb. `loading` authorizes them all."""
