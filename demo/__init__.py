"""A simulated market page, so that everything runs with no outside site."""
