"""The price feed in Redis: what its writer and its readers agree on. Knows no page and no GraphQL."""
