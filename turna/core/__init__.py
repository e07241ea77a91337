"""What every domain stands on: people, units, positions, calendar, folios, files, audit, notices, registries.

Something lives here only when two rooms need it. Nothing here knows procedures or cases.
"""
