"""Phones: the OpenRosa interface that ODK Collect speaks."""
