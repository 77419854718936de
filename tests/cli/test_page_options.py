"""The options of `tickql discover` that stand for keys of [page]: read as users write them, written as a feed file."""

from pathlib import Path

import pytest

from tickql.cli.errors import TickqlError
from tickql.cli.page_options import PageOptions, page_settings, toml_lines
from tickql.producer.feedfile.feed_file import FeedFile

URL = "http://localhost/"


def test_the_options_become_a_page_section_that_says_the_same() -> None:
    options = PageOptions(
        locale="de-DE",
        viewport="1600x5000",
        dismiss=["text=Accept all"],
        steps=[
            "click text=Futures",
            'choose = "#market", value = "Bonds"',
            '{ fill = "#q", value = { env = "NAME" } }',
            "press Enter",
            'dialog = "accept"',
            "scroll html",
        ],
        lines=['proxy = "http://127.0.0.1:3128"', "headless = false\nsample = 0.5"],
    )
    settings = page_settings(URL, options.keys(), Path())
    lines = "\n".join(toml_lines(options.keys()))
    written = FeedFile.parse(f'[page]\nurl = "{URL}"\n{lines}\n[[symbol]]\nname = "ES"\nlast = "b"')
    assert written.page == settings
    assert [str(step) for step in settings.steps] == [
        'click "text=Futures"', 'choose "#market"', 'fill "#q"', 'press "Enter"', 'dialog "accept"', 'scroll "html"',
    ]  # fmt: skip
    assert (settings.viewport.width, settings.viewport.height, settings.headless) == (1600, 5000, False)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (PageOptions(viewport="big"), "--viewport 'big' is not a size, such as 1280x6000"),
        (PageOptions(steps=["jump #a"]), "--step 'jump #a' cannot be read: write it such as --step 'click #futures'"),
        (PageOptions(steps=['jump = "#a"']), "unknown key 'jump'"),
        (PageOptions(lines=["proxy"]), "--page 'proxy' cannot be read"),
        (PageOptions(lines=['url = "x"']), "url is given twice"),
        (PageOptions(locale="de", lines=['locale = "fr"']), "locale is given twice"),
    ],
)
def test_an_option_that_cannot_be_read_is_one_line(options: PageOptions, why: str) -> None:
    with pytest.raises(TickqlError) as refused:
        page_settings(URL, options.keys(), Path())
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)
