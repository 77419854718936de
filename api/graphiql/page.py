"""GraphiQL, built by `make graphiql` from the sources beside this module, and served to browsers at `/graphql`."""

from pathlib import Path

from tickql.api.built_page import BuiltPage

GRAPHIQL = BuiltPage(
    name="the GraphiQL page",
    dist=Path(__file__).parent / "dist",
    assets_path="/graphiql",
    remedy="`make graphiql` (needs Node with npm)",
    sources={
        # The editor (Monaco) writes its colour theme into a <style> element at run time.
        "style-src": "'self' 'unsafe-inline'",
        # GraphiQL's style sheet contains its fonts as `data:` URLs.
        "font-src": "'self' data:",
        "img-src": "'self' data:",
        "worker-src": "'self'",
    },
)
