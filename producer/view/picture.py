"""The picture of a page: what is to be covered is painted over, and the rest is made small enough to be kept."""

from collections.abc import Iterable
from io import BytesIO

from PIL import Image, ImageDraw

from tickql.feed.page_view import MAX_PICTURE_BYTES
from tickql.producer.view.rectangle import Rectangle

_QUALITIES = (80, 60, 40)
"""JPEG qualities, tried one after the other until the picture is small enough. At 40 small digits can be read."""
_COVER = (96, 96, 104)
_MARGIN_PX = 3
"""Around what is covered: the compression smears a text over its surroundings."""


def make_picture(taken: bytes, size: tuple[int, int], covered: Iterable[Rectangle]) -> bytes:
    """Return a JPEG of at most `MAX_PICTURE_BYTES`, in which everything in `covered` is painted over.

    Takes some 50 ms: to be run in a thread, which Pillow lets run beside the event loop.

    Args:
        taken: the JPEG of the viewport, as the browser made it.
        size: width of the viewport, and height of the part of it that is kept, in CSS pixels.
        covered: in CSS pixels.
    """
    with Image.open(BytesIO(taken), formats=("JPEG",)) as opened:
        width, height = size
        scale = opened.width / width
        image = opened.convert("RGB").crop((0, 0, opened.width, min(opened.height, round(height * scale))))
    draw = ImageDraw.Draw(image)
    for x, y, wide, high in covered:
        corners = (x - _MARGIN_PX, y - _MARGIN_PX, x + wide + _MARGIN_PX, y + high + _MARGIN_PX)
        draw.rectangle(tuple(round(each * scale) for each in corners), fill=_COVER)
    return _compressed(image)


def _compressed(image: Image.Image) -> bytes:
    while True:
        for quality in _QUALITIES:
            file = BytesIO()
            image.save(file, "JPEG", quality=quality)
            if file.tell() <= MAX_PICTURE_BYTES:
                return file.getvalue()
        image = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
