"""Processes killed under load, on loopback, on whichever database `DATABASE_URL` names."""
