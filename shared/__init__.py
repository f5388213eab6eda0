"""The domain, in layers. A module imports only from layers below its own (pyproject.toml).

snapshots            a list, or all data of a user, from one consistent read
accounts             registration, sign-in, sessions, profile, site roles
resources            what every process opens: database, Redis, clock; begins transactions
members              invitations, roles, removal
comments
todos
lists, labels        Inbox, lists, trash
reminders, notifications
access               which role may do what (policy), and the only place that decides (gate)
audit                who did what, when and from where
jobs                 claim, finish and retry of job rows; wake-ups of workers
unit_of_work         the transaction: changes, events and jobs, committed together
pubsub               event messages over Redis, after the commit
event_log            streams, heads, floors, reading after a position
tables               every SQLAlchemy table
database             connections, and the differences between Postgres and SQLite
actor                the signed-in user of a command
contract             shapes, events, frames and jobs: what leaves the process
logs, signed_links, push_vapid, failpoints, settings, metrics, clock, ids, errors, text, zones,
cancellation, base64url                                     helpers that know no todos or users

No module here imports a web framework or an entry point; one, the notifier of workers, imports arq.
"""
