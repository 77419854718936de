"""The board: the page that a browser gets at `/`, built from `clients/web`."""
