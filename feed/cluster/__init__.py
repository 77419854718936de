"""A Redis or Valkey Cluster: which node serves which slot, and calls to the right node."""
