"""Programs that use the API from outside. Import nothing of `api` or `producer`."""
