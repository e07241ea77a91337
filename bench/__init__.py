"""Benchmarks, side by side in one run: ratios, not seconds. `make bench` runs all of them.

The work item of the engine benchmarks is one procedure with ten activities, two decisions and one loop taken once:
twelve completions a case. Each completion is durable before the next (PostgreSQL with synchronous_commit=on, SQLite
with WAL and synchronous=FULL), keeps history and leaves the next task queryable by position.
"""
