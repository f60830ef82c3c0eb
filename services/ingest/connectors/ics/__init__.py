"""Calendars in iCalendar (RFC 5545): bytes become components, components occurrences, occurrences meetings."""
