"""GraphiQL, built from npm into files of our own: the page works with no internet."""
