"""`/metrics` of the producer, on a port of its own."""
