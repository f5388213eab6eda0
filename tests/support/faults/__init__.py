"""The library of the fault suite: scenarios, worker and API processes, clients, proxies and counts."""
