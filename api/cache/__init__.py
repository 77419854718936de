"""The query cache: last prices over HTTP, answered from memory."""
