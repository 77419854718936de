"""Number formats, inferred from texts."""

import pytest

from tickql.producer.discover.inference.notation import infer, is_difference, reads_as_price


@pytest.mark.parametrize(
    ("texts", "format_name"),
    [
        (["6,103.25", "6,103.50"], "1,234.56"),
        (["1.08523", "1.08524"], "1,234.56"),
        (["44,518", "6,103.25"], "1,234.56"),
        (["152.345", "12,152.345"], "1,234.56"),
        (["22.258,75"], "1.234,56"),
        (["152,345", "152,35"], "1.234,56"),
        (["1\u202f234,56"], "1 234,56"),
        (["1'234.56"], "1'234.56"),
        (["12,34,567.80"], "1,23,456.78"),
        (["110'165", "110'170"], "32"),
        (["110-165"], "32"),
        (["110'16+", "110'17"], "32+"),
        (["110'16.5"], "32.5"),
        (["110'40"], "64"),
        (["498'2"], "8"),
        (["-", "5012.25", ""], "1,234.56"),
    ],
)
def test_the_format_that_reads_all_texts(texts: list[str], format_name: str) -> None:
    assert infer(texts).format == format_name


@pytest.mark.parametrize(
    ("texts", "lang", "rivals"),
    [
        (["152,345", "152,346"], "en", {"1,234.56", "1.234,56"}),
        (["152.345", "152.346"], "de", {"1,234.56", "1.234,56"}),
        (["998", "999"], "de", {"1,234.56", "1.234,56", "1'234.56"}),
        (["110'16", "110'17"], "en", {"32", "64"}),
    ],
)
def test_an_ambiguous_format_is_reported_not_chosen(texts: list[str], lang: str, rivals: set[str]) -> None:
    notation = infer(texts, lang=lang)
    assert notation.format is None
    assert set(notation.alternatives) == rivals


def test_the_other_numbers_of_the_page_decide() -> None:
    assert infer(["152,345"], around=["1.08523", "6,103.25"]).format == "1,234.56"
    assert infer(["152,345"], around=["6.103,25"]).format == "1.234,56"
    assert infer(["998"], around=["6.103,25"], lang="de").format == "1.234,56"


def test_other_numbers_that_disagree_decide_nothing() -> None:
    assert infer(["152,345"], around=["6.103,25", "6,103.25"]).format is None


def test_swiss_thousands_are_not_a_fraction() -> None:
    assert infer(["110'165"], lang="de-CH").format == "1'234.56"
    assert infer(["110'165"], around=["1'234.50"]).format == "1'234.56"


@pytest.mark.parametrize("text", ["12:30:45", "12:30", "1.2%", "2026-11-22", "22.11.2026", "1.2M", "5 x 6", "-", "ES"])
def test_times_dates_percentages_and_volumes_are_not_prices(text: str) -> None:
    assert not reads_as_price(text)


def test_a_signed_text_is_a_difference() -> None:
    assert is_difference(["+1.25", "0.00"])
    assert not is_difference(["▲ 5012.25"])
