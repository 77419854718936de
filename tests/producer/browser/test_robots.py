"""Which addresses a robots.txt allows, by the rules of RFC 9309."""

import pytest
from playwright.async_api import Browser

from tests.support.site import Site
from tickql.producer.browser.robots import allows, check_robots
from tickql.producer.errors import RobotsRefused
from tickql.producer.feedfile.page_settings import PageSettings, Robots

BOARD = "https://example.test/board"


def robots(*lines: str) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("Disallow: /board", "/board", False),
        ("Disallow: /board", "/boards/es", False),
        ("Disallow: /board", "/", True),
        ("Disallow:", "/board", True),
        ("Disallow: /", "/board", False),
    ],
)
def test_a_rule_covers_every_address_that_begins_with_it(rule: str, path: str, allowed: bool) -> None:
    assert allows(robots("User-agent: *", rule), f"https://example.test{path}") is allowed


@pytest.mark.parametrize(
    ("rule", "path", "allowed"),
    [
        ("Disallow: /*?view=", "/board?view=full", False),
        ("Disallow: /*?view=", "/board?sort=asc", True),
        ("Disallow: /*/quotes", "/de/quotes/es", False),
        ("Disallow: /*.json", "/api/es.json", False),
    ],
)
def test_a_star_stands_for_any_text(rule: str, path: str, allowed: bool) -> None:
    assert allows(robots("User-agent: *", rule), f"https://example.test{path}") is allowed


@pytest.mark.parametrize(("path", "allowed"), [("/board", False), ("/board/es", True), ("/board?a=1", True)])
def test_a_dollar_sign_stands_for_the_end_of_the_address(path: str, allowed: bool) -> None:
    assert allows(robots("User-agent: *", "Disallow: /board$"), f"https://example.test{path}") is allowed


@pytest.mark.parametrize("order", [1, -1])
def test_the_longest_rule_that_matches_counts_in_whatever_order_they_are(order: int) -> None:
    rules = ["Disallow: /board", "Allow: /board/public"][::order]
    text = robots("User-agent: *", *rules)
    assert not allows(text, f"{BOARD}/private")
    assert allows(text, f"{BOARD}/public/es")


def test_allow_counts_where_two_rules_are_equally_long() -> None:
    assert allows(robots("User-agent: *", "Disallow: /board", "Allow: /board"), BOARD)


def test_the_group_of_tickql_replaces_the_group_of_all() -> None:
    text = robots("User-agent: *", "Disallow: /", "", "User-agent: Tickql", "Disallow: /admin")
    assert allows(text, BOARD)
    assert not allows(text, "https://example.test/admin")


def test_a_group_may_name_several_user_agents() -> None:
    text = robots("User-agent: another", "User-agent: tickql", "Disallow: /board", "", "User-agent: *", "Allow: /")
    assert not allows(text, BOARD)


def test_groups_of_other_user_agents_do_not_count() -> None:
    assert allows(robots("User-agent: another", "Disallow: /"), BOARD)


@pytest.mark.parametrize("text", ["", "<!doctype html><title>not found</title>", "Disallow: /board", "\ufeff#"])
def test_a_text_without_a_group_allows_everything(text: str) -> None:
    assert allows(text, BOARD)


@pytest.mark.asyncio(loop_scope="session")
async def test_of_a_very_long_file_only_the_beginning_is_read(browser: Browser, site: Site) -> None:
    rules = b"User-agent: *\nDisallow: /board\n" + b"#" * 600_000 + b"\nAllow: /board/long-rule\n"
    site.put("/robots.txt", rules)
    try:
        async with await browser.new_context() as context:
            for robots in ("board", "board/long-rule"):
                settings = PageSettings(url=site.url(f"/{robots}"), robots=Robots.OBEY)
                with pytest.raises(RobotsRefused):
                    await check_robots(context.request, settings)
    finally:
        del site.pages["/robots.txt"]
