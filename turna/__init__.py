"""Turna runs the manual: a published *manual de procedimientos* read as a program."""
