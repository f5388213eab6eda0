"""The hub, which orders and delivers events, and the readers that fetch what it misses."""
