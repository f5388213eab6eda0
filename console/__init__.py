"""The commands of `./livelist`. Imports `shared`; never `api`, `realtime` or `worker`."""
