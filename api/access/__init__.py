"""Who may use the API, and which symbols each client may see.

A client presents a token: one of the token file, a JWT, or a ticket, which this server issues for a few seconds. The
`Authenticator` turns it into a `Grant`. Access control is off while neither a token file nor JWT keys are set. This
package knows no transport: it may import `tickql.api.limits` and `tickql.feed`.
"""

__all__ = ["authenticator", "grant", "jwks", "jwt_verifier", "sessions", "symbol_patterns", "ticket", "token_file"]
