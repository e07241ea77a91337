"""What crosses rooms: house rules, journeys in a browser, faults, every URL with every kind of user."""
