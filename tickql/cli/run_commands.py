"""The commands that run tickql and examine the machine: up, produce, relay, serve, doctor, install-browser, schema.

Each command imports its module when it runs: the help page then needs no browser, no server and no GraphQL library.
"""

import sys
from pathlib import Path
from typing import Annotated

import typer

from tickql.cli import options
from tickql.cli.exit_codes import ExitCode
from tickql.cli.signal_handling import run_until_signal
from tickql.cli.terminal import console, settings_from, start_logging
from tickql.feed.log_format import LogFormat


def up(
    feeds: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FEED", parser=Path, help="Your feed files. The demo page if none is given."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="PORT", help="Port of the API.", show_default="8000")
    ] = None,
    demo_port: Annotated[int, typer.Option(min=1, max=65535, metavar="PORT", help="Port of the demo page.")] = 8081,
    data: Annotated[Path | None, options.file("Folder for history and logs.", ".tickql", "FOLDER")] = None,
    relay_to: Annotated[
        list[str] | None,
        typer.Option("--relay", metavar="URL", help="Also pass the feed on to this broker: see `tickql relay`."),
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the board in your browser.")] = False,
    no_sandbox: options.NoSandbox = False,
) -> None:
    """Run everything: Redis, the producer that watches the pages, and the API.

    At a terminal on a desktop it opens the board, a page with all prices, in your browser.

    Redis is a server of tickql itself, unless TICKQL_REDIS_URL names another one. Ctrl-C ends everything. If one part
    ends by itself, the others end too.

    Example: `tickql up`, or `tickql up my.toml --port 8010`.
    """
    from tickql.cli.settings import Settings
    from tickql.cli.up import MainJob

    settings = settings_from(Settings, port=port, data=data)
    if settings.log_format is LogFormat.JSON:
        start_logging(settings.log_level, settings.log_format)
    run_until_signal(
        MainJob(settings, feeds or [], demo_port, console, relays=relay_to or [], opens_page=not no_open).run()
    )


def produce(
    feeds: options.FeedFiles,
    take_over: Annotated[
        bool,
        typer.Option(
            "--take-over", help="Replace the running producer of the same feed file, as soon as the page is read."
        ),
    ] = False,
    warm: Annotated[
        bool, typer.Option("--warm", help="As a standby, keep the page open, so that a takeover takes no time.")
    ] = False,
    no_sandbox: options.NoSandbox = False,
) -> None:
    """Watch pages and publish their ticks to Redis (TICKQL_REDIS_URL).

    All pages share one browser. Each feed file has its own page and its own status. A symbol may come from one feed
    file only.

    Only one producer publishes a feed file. A second producer, on this or another machine, is a standby: it takes over
    within seconds when the first one ends or hangs. A producer that ends waits up to 5 s until its standby shows the
    same prices: no tick is lost. A page that takes longer to load needs a standby with --warm, or --take-over.

    Example: `tickql produce futures.toml`, or `tickql produce futures.toml bonds.toml`.
    """
    from tickql.cli.settings import Settings
    from tickql.producer.service import produce as produce_ticks

    settings = Settings()
    start_logging(settings.log_level, settings.log_format)
    run_until_signal(
        produce_ticks(
            feeds,
            settings,
            take_over=take_over,
            warm=warm,
            metrics_host=settings.metrics_host,
            metrics_port=settings.metrics_port,
        )
    )


def relay(
    to: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Address of the broker: `kafka://`, `amqp://` or `rabbitmq-stream://`, and `host:port`.",
            show_default="TICKQL_RELAY_TO",
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Name of the relay, by which the broker keeps its place.",
            show_default="kafka, rabbitmq-exchange or rabbitmq-stream",
        ),
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            metavar="oldest|newest",
            help="Where a relay without a place begins: at the oldest tick that Redis keeps, or at the newest.",
            show_default="oldest",
        ),
    ] = None,
) -> None:
    """Pass the feed in Redis (TICKQL_REDIS_URL) on to Kafka or RabbitMQ, each tick in order.

    A relay that was stopped or killed continues behind the last tick that the broker has. Consumers of Kafka and of a
    stream of RabbitMQ (`rabbitmq-stream://`) get each tick once. Those of an exchange (`amqp://`) may get a tick again
    after a kill. A second relay of the same name, on this or another machine, is a standby. While the broker is away,
    ticks wait in Redis.

    User and password stand in the address, or in TICKQL_RELAY_USER and TICKQL_RELAY_PASSWORD. Each kind of broker needs
    a library, which is an extra of the package: `tickql[kafka]` or `tickql[rabbitmq]`. See docs/relays.md.

    Example: `tickql relay --to kafka://127.0.0.1:9092`, beside a running `tickql produce`.
    """
    from tickql.cli.settings import Settings
    from tickql.relay.service import relay as run_relay
    from tickql.relay.settings import RelaySettings

    settings = Settings()
    relay_settings = settings_from(RelaySettings, to=to, name=name, start=start)
    start_logging(settings.log_level, settings.log_format)
    run_until_signal(run_relay(settings, relay_settings, metrics_host=settings.metrics_host))


def serve(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on.", show_default="127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="PORT", help="Port. 0 takes any free one.", show_default="8000"),
    ] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, metavar="N", help="Processes that share the port.")] = 1,
    insecure: Annotated[
        bool,
        typer.Option("--insecure", help="Serve without tokens on an address that other machines can reach."),
    ] = False,
) -> None:
    """Serve the GraphQL API of the feed in Redis (TICKQL_REDIS_URL).

    On an address that other machines can reach, clients need a token: see `tickql token`.

    Example: `tickql serve --port 8010 --workers 2`, beside a running `tickql produce`.
    """
    from tickql.api.server import serve as serve_api
    from tickql.api.settings import ApiSettings

    settings = settings_from(ApiSettings, host=host, port=port, insecure=insecure or None)
    serve_api(settings, workers=workers)


def doctor(
    feed: Annotated[
        Path | None, typer.Argument(metavar="FEED", parser=Path, help="A feed file to check as well.")
    ] = None,
    no_sandbox: options.NoSandbox = False,
    as_json: options.Json = False,
) -> None:
    """Check whether this machine has what tickql needs, and print how to repair what is missing.

    The checks use the real things: Python and its packages, memory, limits, folder, port, Redis (TICKQL_REDIS_URL, or
    the server of `tickql up`), the browser, and a page in it. Exit code 1: a check failed.

    Example: `tickql doctor`, or `tickql doctor my.toml --json`.
    """
    from tickql.cli.doctor.examination import doctor as examine
    from tickql.cli.settings import Settings

    start_logging("CRITICAL")
    if not run_until_signal(examine(Settings(), feed, console, as_json=as_json)):
        sys.exit(ExitCode.FAILED)


def install_browser(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to install the system's package.")] = False,
    system: Annotated[
        bool, typer.Option("--system", help="Take the system's package, and not Playwright's browser.")
    ] = False,
) -> None:
    """Get a browser for the producer, if this machine has none.

    Playwright downloads Chromium for this user. Where it cannot, the command that installs the system's package is
    shown, and run if you agree.

    Example: `tickql install-browser`.
    """
    from tickql.cli.install_browser import install_browser as install

    install(console, yes=yes, system=system)


def schema() -> None:
    """Print the GraphQL schema.

    Example: `tickql schema > schema.graphql`.
    """
    from tickql.api.schema_export import schema_text

    sys.stdout.write(schema_text())
