"""The domain. Floors, top to bottom, each importing only downwards:

resources            what every door opens: database, broker, clock
snapshots            all of a list, or all that is a person's own, from one consistent read
accounts             registration, sign-in, sessions, profile, site roles
members              invitations, roles, removal
comments
todos
lists, labels        Inbox, lists, trash
reminders
access               who may do what (policy), and the only place that decides (gate)
audit                who did what, when and from where
jobs                 claim, finish and retry of job rows
work                 the transaction: events and jobs recorded, committed, then rung
doorbell             Redis, after commit: "look now"
event_log            streams, heads, floors, reading after a sequence
tables               every SQLAlchemy table
database             engine and the differences between Postgres and SQLite
contract             what crosses the wire
settings clock ids errors logs metrics text signed_links    no domain in them

Nothing here knows HTTP, sockets or arq's worker.
"""
