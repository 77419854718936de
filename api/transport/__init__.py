"""Transports: GraphQL over HTTP, WebSocket, SSE and multipart, and plain JSON over WebSocket."""
