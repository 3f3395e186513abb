"""Working days: routine visits are not planned on weekends and holidays, if that moves them only a little.

[proposal, domain.md 8.4] Visits of grave levels stay where they are. The holidays are rows of the protocol,
since lunar dates are announced year by year and coordinators know them first.
"""

from datetime import date, timedelta

from sync.core.protocol import Protocol

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class Calendar:
    """The protocol's weekends and holidays."""

    def __init__(self, protocol: Protocol) -> None:
        settings = protocol.settings
        self._free_weekdays = {
            _NAMES.index(name) for name in settings.get("shift_weekends", "").split() if name in _NAMES
        }
        self._holidays = {holiday.on for holiday in protocol.holidays}
        self._levels_that_stay = set(settings.get("shift_not_levels", "").split())
        self._most = timedelta(days=protocol.number("shift_max_days"))

    def working_day(self, due_on: date, window: timedelta, level: str) -> date:
        """The day itself, or the next working day if that is near enough and within the window."""
        if level in self._levels_that_stay:
            return due_on
        day = due_on
        while day.weekday() in self._free_weekdays or day.isoformat() in self._holidays:
            day += timedelta(days=1)
            if day - due_on > min(self._most, window):
                return due_on
        return day
