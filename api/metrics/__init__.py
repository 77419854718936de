"""`/metrics` of the API: what Prometheus reads, of one process or of all workers together."""
