"""People: the pages of case managers and coordinators."""
