"""The plans of `docs/scaling.md` follow from the measurements."""

from dataclasses import replace

import pytest

from bench.arguments import FOLDER
from bench.errors import BenchError
from bench.results import Results
from bench.scaling import cli, tables
from bench.scaling.document import DOCUMENT, filled
from bench.scaling.measures import Measures
from bench.scaling.plan import Assumptions, Installation, followed
from bench.store import NAME, load

MEASURES = Measures(
    message_us=10.0, joined_us=2.0, paced_us=12.0, listen_us=40.0, publish_us=20.0, redis_us=20.0, follow_us=5.0,
    follow_bytes=250.0, follow_clients=2.0, kept_bytes=200.0, connection_kb=20.0, server_mb=100.0, opened_per_s=500.0,
    relay_us={},
    page_ticks_per_s=2000.0, page_python_cpu=0.2, page_browser_cpu=0.5, page_mb=400.0,
)  # fmt: skip


def test_the_tables_of_the_document_follow_from_the_kept_results() -> None:
    text = DOCUMENT.read_text()
    parts = tables.sections(load(FOLDER / NAME), Assumptions())
    assert filled(text, parts) == text, "python -m bench.scaling --write"


def test_a_part_that_the_document_lacks_is_named() -> None:
    with pytest.raises(BenchError, match="paced"):
        filled("<!-- computed: carried -->\n\n<!-- end -->", {"carried": "", "paced": ""})


def test_a_measure_that_is_missing_is_named() -> None:
    with pytest.raises(BenchError, match=r"not measured: fan-out of tickql \(500\): us_per_message"):
        Measures.of(Results())


def test_a_small_installation_needs_one_of_each() -> None:
    plan = Installation(MEASURES, Assumptions()).plan(100, 10)
    assert (plan.producers, plan.redis, plan.api_servers) == (1, 1, 1)
    # 100 subscribers x 10 symbols x 10 Hz x 10 µs, and 10 symbols x 10 Hz x 40 µs.
    assert plan.api_cores == pytest.approx(0.1 + 0.004)
    assert plan.first.needed < 1


def test_delivering_comes_first_with_few_symbols_and_listening_counts_with_many() -> None:
    installation = Installation(MEASURES, Assumptions())
    few, many = installation.plan(100_000, 10), installation.plan(100_000, 100_000)
    assert few.first.name == "API servers: delivering"
    # 10 million messages a second at 10 µs are 100 cores; half of each core is planned with.
    assert few.api_servers == pytest.approx(200, rel=0.02)
    assert many.api_servers > 4 * few.api_servers
    assert many.each_symbols == pytest.approx(10 * many.each_subscribers, rel=0.02)


def test_no_server_is_planned_above_its_share_of_a_core() -> None:
    installation = Installation(MEASURES, Assumptions())
    for subscribers in tables.SUBSCRIBERS:
        for symbols in tables.SYMBOL_COUNTS:
            plan = installation.plan(subscribers, symbols)
            assert installation.core(subscribers / plan.api_servers, symbols) <= 0.5
            assert plan.api_servers == 1 or installation.core(subscribers / (plan.api_servers - 1), symbols) > 0.5


def test_a_symbol_that_no_redis_can_send_to_all_servers_makes_a_plan_impossible() -> None:
    # Some 2,000 servers at 10 Hz take 20,000 deliveries a second of the one Redis: at 25 µs all that is planned with.
    possible = Installation(replace(MEASURES, follow_us=25.0), Assumptions(follows=1))
    impossible = Installation(replace(MEASURES, follow_us=30.0), Assumptions(follows=1))
    assert possible.plan(9_900_000, 1).one_symbol == pytest.approx(1, rel=0.02)
    assert "not possible" not in tables.plans(possible, [9_900_000], [1])
    assert "not possible" in tables.plans(impossible, [9_900_000], [1])


def test_servers_follow_the_symbols_of_their_subscribers() -> None:
    assert followed(1, 1000, 10) == pytest.approx(10)
    assert followed(1_000_000, 1000, 10) == pytest.approx(1000)
    assert followed(5, 10, 10) == 10


def test_the_command_computes_for_ones_own_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--subscribers", "50000", "--symbols", "200", "--rate", "5"]) == 0
    assert "| 50,000 | 200 |" in capsys.readouterr().out
