"""Listeners that receive event and presence messages from Redis or a Redis Cluster."""
