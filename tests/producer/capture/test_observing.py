"""Each way in which pages show a new price is seen."""

import pytest

from tests.support.site import Site
from tests.support.watching import Watched, Watching
from tickql.feed.status import ProducerState

pytestmark = pytest.mark.asyncio(loop_scope="session")

ES = """
[[symbol]]
name = "ES"
ask = "#es .ask"
bid = "#es .bid"
last = "#es .last"
"""
ES_BODY = "<div id=es><b class=ask>4.2</b><b class=bid>4.1</b><b class=last>4.15</b></div>"
LAST = """
[[symbol]]
name = "ES"
last = "#last"
"""


CLOCKS_MS = 50  # by how much `Date.now()` and the clock of `performance` may differ
STEPS = 10
STEP_MS = 25  # ten times faster than the sweep, which therefore cannot be what sees the changes


async def sees_every_change(es: Watched, show: str, step_ms: int = STEP_MS) -> None:
    """Have the page show 1, 2, ... by the JavaScript `show`, of `n`; all of them must come out."""
    await es.until_last("0")
    await es.run(
        f"""new Promise((done) => {{
            let n = 0;
            const timer = setInterval(() => {{
                n += 1;
                {show};
                if (n === {STEPS}) {{ clearInterval(timer); done(); }}
            }}, {step_ms});
        }})"""
    )
    await es.until_last(str(STEPS))
    assert es.lasts() == [str(n) for n in range(STEPS + 1)]


def last_read(how: str, selector: str = "#last") -> str:
    return f'[[symbol]]\nname = "ES"\nlast = {{ selector = "{selector}", read = "{how}" }}'


async def test_what_the_page_shows_at_first_is_the_first_quote(watch: Watching) -> None:
    es = await watch(ES_BODY, ES)
    await es.until_prices("4.2", "4.1", "4.15")
    assert len(es.quotes) == 1


@pytest.mark.long
async def test_a_text_in_an_element_and_without_one_in_turn_are_both_seen(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", LAST)
    await sees_every_change(es, "if (n % 2) last.innerHTML = `<i>${n}</i>`; else last.textContent = n")


@pytest.mark.long
async def test_new_text_contents_are_seen(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", LAST)
    await sees_every_change(es, "last.textContent = n")


async def test_changed_text_nodes_are_seen(watch: Watching) -> None:
    es = await watch("<b id=last>0</b>", LAST)
    await sees_every_change(es, "last.firstChild.data = n")


async def test_replaced_elements_are_seen(watch: Watching) -> None:
    es = await watch("<div id=box><b id=last>0</b></div>", LAST)
    await sees_every_change(es, "box.innerHTML = `<b id=last>${n}</b>`")


@pytest.mark.long
async def test_an_element_that_was_replaced_is_followed(watch: Watching) -> None:
    es = await watch("<div id=box><b id=last>0</b></div>", LAST)
    await es.until_last("0")
    await es.run("box.innerHTML = '<b id=last>0</b>'")
    await sees_every_change(es, "document.getElementById('last').firstChild.data = n")


async def test_an_element_that_comes_late_is_found(watch: Watching) -> None:
    es = await watch("<div id=box></div>", LAST)
    await es.run("setTimeout(() => { box.innerHTML = '<p><b id=last>7</b></p>' }, 50)")
    await es.until_last("7")


async def test_the_fields_that_change_together_make_one_tick(watch: Watching) -> None:
    es = await watch(ES_BODY, ES)
    await es.until_count(1)
    await es.run(
        """const [ask, bid, last] = es.children;
        ask.textContent = '5.2'; bid.textContent = '5.1'; last.textContent = '5.15';"""
    )
    await es.until_prices("5.2", "5.1", "5.15")
    assert len(es.quotes) == 2


async def test_the_fields_not_found_yet_are_waited_for_before_the_first_tick(watch: Watching) -> None:
    # The page itself makes the change: the grace period ends after a second of page time, and a test may be later.
    es = await watch(
        """<div id=es><b class=ask>4.2</b></div><script>
        const late = (ms, html) => setTimeout(() => es.insertAdjacentHTML('beforeend', html), ms);
        late(30, '<b class=bid>4.1</b>');
        late(60, '<b class=last>4.15</b>');
        </script>""",
        ES,
    )
    await es.until_count(1)
    assert es.prices() == [("4.2", "4.1", "4.15")]


async def test_a_price_shown_in_pieces_is_one_price(watch: Watching) -> None:
    es = await watch("<div id=last>\n <span>0.52</span><b><i>36</i></b><sup>6</sup>\n</div>", LAST)
    await es.until_last("0.52366")
    await es.run("last.children[1].firstChild.textContent = '41'; last.children[2].textContent = '0'")
    await es.until_last("0.52410")
    assert es.lasts() == ["0.52366", "0.52410"]


async def test_a_text_that_is_set_to_the_same_value_makes_no_tick(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    await es.run("last.textContent = '1'; last.className = 'flash'")
    await es.run("last.textContent = '2'")
    await es.until_last("2")
    assert es.lasts() == ["1", "2"]


async def test_the_value_of_an_input_is_seen_though_it_makes_no_mutation(watch: Watching) -> None:
    es = await watch("<input id=last value=0>", last_read("value"))
    # A timer has to look for these, and timers may be late.
    await sees_every_change(es, "last.value = n", step_ms=100)


async def test_a_price_in_the_style_sheet_is_seen(watch: Watching) -> None:
    body = "<style>#last::before{content: attr(data-v)}</style><b id=last data-v=0></b>"
    es = await watch(body, last_read("css:::before"))
    await sees_every_change(es, "last.dataset.v = n")


async def test_a_price_that_comes_with_a_class_of_the_row_is_seen(watch: Watching) -> None:
    style = "<style>#last::before{content: '1'} .up #last::before{content: '2'}</style>"
    es = await watch(f"{style}<div id=row><b id=last></b></div>", last_read("css:::before"))
    await es.until_last("1")
    await es.run("row.className = 'up'")
    await es.until_last("2")


@pytest.mark.long
async def test_an_attribute_is_seen(watch: Watching) -> None:
    es = await watch("<b id=last data-price=0></b>", last_read("attr:data-price"))
    await sees_every_change(es, "last.dataset.price = n")


@pytest.mark.long
async def test_an_accessible_name_is_seen(watch: Watching) -> None:
    # Digit ribbons: the text of such an element is every digit there is; its accessible name is the price.
    body = """<digit-ribbon id=last></digit-ribbon><script>
        customElements.define('digit-ribbon', class extends HTMLElement {
            constructor() {
                super();
                this.internals = this.attachInternals();
                this.internals.role = 'img';
                this.attachShadow({ mode: 'open' }).innerHTML = '<span>0123456789</span>';
                this.show('1.5');
            }
            show(price) { this.internals.ariaLabel = price; }
        });</script>"""
    es = await watch(body, last_read("aria"))
    await es.until_last("1.5")
    await es.run("last.show('2.5')")
    await es.until_last("2.5")


async def test_prices_in_an_open_shadow_root_are_seen(watch: Watching) -> None:
    body = """<price-cell id=es></price-cell><script>
        customElements.define('price-cell', class extends HTMLElement {
            constructor() { super(); this.attachShadow({ mode: 'open' }).innerHTML = '<b class=last>0</b>'; }
        });</script>"""
    es = await watch(body, '[[symbol]]\nname = "ES"\nlast = "#es .last"')
    await sees_every_change(es, "es.shadowRoot.querySelector('b').firstChild.data = n")


@pytest.mark.long
async def test_a_shadow_root_that_is_attached_late_is_found(watch: Watching) -> None:
    es = await watch("<div id=es></div>", '[[symbol]]\nname = "ES"\nlast = "#es .last"')
    await es.run("setTimeout(() => { es.attachShadow({mode: 'open'}).innerHTML = '<b class=last>1</b>' }, 50)")
    await es.until_last("1")
    await es.run("es.shadowRoot.firstChild.textContent = '2'")
    await es.until_last("2")


async def test_a_frame_of_the_same_site_is_watched_too(watch: Watching) -> None:
    es = await watch("<iframe srcdoc='<b id=last>0</b>'></iframe>", LAST)
    await sees_every_change(es, "frames[0].document.getElementById('last').textContent = n")


async def test_a_strict_content_policy_does_not_matter(watch: Watching) -> None:
    policy = "default-src 'none'; sandbox allow-scripts"
    es = await watch("<b id=last>0</b>", LAST, Content_Security_Policy=policy)
    await sees_every_change(es, "last.textContent = n")
    await es.until_state(ProducerState.LIVE)


async def test_a_page_that_replaces_built_in_functions_is_watched_all_the_same(watch: Watching) -> None:
    body = """<b id=last>0</b><script>
        const setInterval_ = setInterval, stop_ = clearInterval;
        MutationObserver = class { observe() {} };
        Array.prototype.toJSON = () => 'no';
        JSON.stringify = () => 'no';
        document.querySelectorAll = () => [];
        setTimeout = setInterval = () => 0;
    </script>"""
    es = await watch(body, LAST)
    await es.until_last("0")
    await es.run(
        "let n = 0; const timer = setInterval_(() => { last.textContent = ++n; if (n === 9) clearInterval(timer) }, 25)"
    )
    await es.until_last("9")
    assert es.lasts() == [str(n) for n in range(10)]
    assert await es.run("[typeof tickqlPost, typeof tickql]") == ["undefined", "undefined"]


async def test_a_reload_makes_no_repeated_tick(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    await es.page.reload()
    await es.run("last.textContent = '2'")
    await es.until_last("2")
    assert es.lasts() == ["1", "2"]


@pytest.mark.long
async def test_prices_continue_on_another_page_of_the_site(watch: Watching, site: Site) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    site.put("/next", "<b id=last>2</b>")
    await es.run("location.href = '/next'")
    await es.until_last("2")


async def test_prices_continue_on_a_page_of_another_origin(watch: Watching, site: Site) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    site.put("/elsewhere", "<b id=last>2</b>")
    await es.run(f"location.href = '{site.url('/elsewhere', host='localhost')}'")
    await es.until_last("2")
    await es.run("last.textContent = '3'")
    await es.until_last("3")


async def test_the_time_of_a_tick_is_the_time_of_the_page(watch: Watching) -> None:
    es = await watch("<b id=last>1</b>", LAST)
    await es.until_last("1")
    # Work that the page does in the background runs after the reading.
    before_ms, after_ms = await es.run(
        """const at = Date.now();
        last.textContent = '2';
        scheduler.postTask(() => [at, Date.now()], { priority: 'background' })"""
    )
    await es.until_last("2")
    assert before_ms - CLOCKS_MS <= es.quotes[-1].observed_us / 1000 <= after_ms + CLOCKS_MS
