"""The GraphiQL page: its sources, and where the files built from them are.

The page is built from npm packages into files that the server delivers itself, so it works without internet access.
"""

__all__ = ["page"]
