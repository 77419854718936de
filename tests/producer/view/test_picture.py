"""Pictures are small enough to be kept, whatever they show."""

import random
from io import BytesIO

from PIL import Image

from tickql.feed.page_view import MAX_PICTURE_BYTES
from tickql.producer.view.picture import make_picture
from tickql.producer.view.rectangle import Rectangle


def test_a_picture_that_cannot_be_compressed_is_made_smaller() -> None:
    noise = Image.frombytes("RGB", (1600, 1600), random.Random(1).randbytes(1600 * 1600 * 3))
    taken = BytesIO()
    noise.save(taken, "JPEG", quality=90)
    # Of a screen with two pixels for each CSS pixel.
    made = make_picture(taken.getvalue(), (800, 700), [Rectangle(100, 100, 200, 100)])
    assert len(made) <= MAX_PICTURE_BYTES
    with Image.open(BytesIO(made)) as image:
        assert abs(image.width / image.height - 800 / 700) < 0.01
        scale = image.width / 800
        covered = {image.getpixel((round(x * scale), round(y * scale))) for x in (105, 295) for y in (105, 195)}
    assert all(abs(one - two) < 12 for pixel in covered for one, two in zip(pixel, (96, 96, 104), strict=True))  # type: ignore[arg-type]
