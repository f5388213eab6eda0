"""The commands of `./livelist`. Imports `shared`; never `api`, `realtime` or `worker`.

The commands `cleanup`, `doctor` and `testmail` are the exception: they need the chores and the mail of
the worker, so they are defined there, and `command_table` names their modules as text.
"""
