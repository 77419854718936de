"""The embedded server: a Valkey or Redis process that belongs to this process and ends with it."""
