"""The fan-out engine: one encoding per tick and selection, shared by all subscribers that asked for it."""
