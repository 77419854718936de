"""Recordings: quotes in a file, written, read and replayed."""
