"""The JSON API: the same data and actions as the pages, for programs."""
