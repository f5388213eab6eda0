"""The commands of `./livelist`. Imports `shared`; never `api`, `realtime` or `worker`.

The command `cleanup` is the exception: it needs the chores of the worker, so it is defined in
`worker.cleanup.cleanup_command`, and `command_table` names that module as text.
"""
