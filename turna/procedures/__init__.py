"""Running cases: start, inbox, act, route, deadlines, timers, history; the published manual; packs.

`engine` says what comes next; this room knows who, when and where it is written, and keeps it.
"""
