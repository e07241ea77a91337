"""The language of procedures: parse, check, decide what comes next, draw, export.

Plain Python: no Django, no database, no clock. Everything that depends on time,
people or data is passed in by the caller.
"""
