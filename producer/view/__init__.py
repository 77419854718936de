"""What the producer sees of a page that it watches: a picture on demand, where each price is, and what was read there.

Nothing on the page changes for a picture, and capture goes on meanwhile. Secrets are covered before the picture leaves
this process. Who asks for pictures, and how they get there, belongs into `tickql.feed.view_desk`. May import every room
that `inspect` may, and `inspect.inspection`.
"""

__all__ = ["page_viewer"]
