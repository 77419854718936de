"""The feed on a Redis or Valkey Cluster: one publishing task and one listener for each primary."""
