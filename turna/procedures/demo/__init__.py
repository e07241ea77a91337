"""The demo: invented people, one per position, and a lived-in set of cases made by running the real services.

Nothing here runs outside the demo and the tests. Names are combinations of common words; no real official's.
"""
