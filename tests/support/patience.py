"""How long tests wait for what must come."""

PATIENCE_S = 50.0
"""Far beyond what anything should take: a machine may be slow, and busy with much else."""
