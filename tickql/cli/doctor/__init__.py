"""`tickql doctor`: checks whether this machine has what tickql needs. Each check uses the real thing."""

__all__ = ["examination"]
