"""Pages of running procedures: permission, form, one service call, answer. No rules here."""
