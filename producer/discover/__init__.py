"""Finding the prices of a page that nobody has described: watches it, and writes its feed file."""
