"""The administration pages: org chart, holders, substitutes, accounts, calendar, folios, mail, audit, health.

Pages only: every change is a service of the core, which checks the right again.
"""
