"""How a page is reached: by a proxy, with HTTP authentication, by TLS that a CA of one's own has signed."""

import asyncio
import base64
import shutil
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

import pytest

from tests.support.supervised import Supervised, feed
from tickql.feed.status import ProducerState
from tickql.producer.browser.site_access import check_access, http_credentials
from tickql.producer.errors import FeedFileError, SecretMissing
from tickql.producer.feedfile.feed_file import FeedFile

LAST = '[[symbol]]\nname = "{name}"\nlast = "#last"'
REQUEST = '[page]\nurl = "http://127.0.0.1/"\n{page}\n[[symbol]]\nname = "ES"\nlast = "b"'


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Server:
    """An HTTP server that answers every request alike, as a site or as a proxy, and records the requests."""

    def __init__(
        self, *, realm: str | None = None, moved_to: str | None = None, body: str = "<b id=last>7.25</b>"
    ) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        """The target of each request, and its headers."""
        self.port = 0
        self._realm = realm
        self._moved_to = moved_to
        self._body = body

    @asynccontextmanager
    async def running(self, context: ssl.SSLContext | None = None) -> AsyncIterator["Server"]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            target = head[0].split()[1]
            self.requests.append((target, headers))
            is_proxied = target.startswith("http:")
            wanted = "proxy-authorization" if is_proxied else "authorization"
            status, extra = "200 OK", "content-type: text/html\r\n"
            if self._realm is not None and headers.get(wanted) != _basic("ada", "horse"):
                status = "407 Proxy Authentication Required" if is_proxied else "401 Unauthorized"
                extra = f'{"proxy" if is_proxied else "www"}-authenticate: Basic realm="{self._realm}"\r\n'
            if self._moved_to is not None:
                status, extra = "302 Found", f"location: {self._moved_to}\r\n"
            if target.endswith("robots.txt"):
                status = "404 Not Found"
            body = self._body.encode() if status.startswith("200") else b""
            writer.write(
                f"HTTP/1.1 {status}\r\n{extra}content-length: {len(body)}\r\nconnection: close\r\n\r\n".encode()
            )
            writer.write(body)
            await writer.drain()
        writer.close()


async def _states(*feeds: FeedFile) -> dict[str, tuple[ProducerState, str]]:
    """Watch until no page is starting. Returns the state and the reason of each."""
    watched = Supervised(*feeds)
    try:
        settled = (ProducerState.LIVE, ProducerState.STALE)
        await watched.until(lambda: all(watched.state(each.name) in settled for each in feeds))
        return {each.name: (watched.of(each.name)[-1].state, watched.of(each.name)[-1].reason or "") for each in feeds}
    finally:
        await watched.stop()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://x.test:443/a", "https://x.test"),
        ("http://localhost:80", "http://localhost"),
        ("http://a.localhost:443/", "http://a.localhost:443"),
        ("https://x.test:/a", "https://x.test"),
        ("https://X.Test:08443/a", "https://x.test:8443"),
        ("https://ada:horse@x.test:443/a", "https://x.test"),
        ("https://bücher.test/a", "https://xn--bcher-kva.test"),
        ("http://[::1]:80/a", "http://[::1]"),
    ],
)
def test_the_password_is_for_the_origin_as_browsers_write_it(url: str, origin: str) -> None:
    login = '{ username = "ada", password = "horse" }'
    text = REQUEST.replace("http://127.0.0.1/", url).format(page=f"http_auth = {login}")
    credentials = http_credentials(FeedFile.parse(text).page, {})
    assert credentials is not None
    assert credentials["origin"] == origin


@pytest.mark.long
async def test_a_page_is_reached_through_a_proxy_and_with_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_PASSWORD", "horse")
    login = 'username = "ada", password = { env = "MY_PASSWORD" }'
    other = Server(realm="other")
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(other.running())
        picture = f'<img src="http://127.0.0.1:{other.port}/x.png">'
        proxy, site = Server(realm="proxy"), Server(realm="site", body=f"<b id=last>7.25</b>{picture}")
        await stack.enter_async_context(proxy.running())
        await stack.enter_async_context(site.running())
        proxied = f'proxy = {{ server = "http://127.0.0.1:{proxy.port}", {login} }}'
        url = f"http://127.0.0.1:{site.port}/"
        moved = await stack.enter_async_context(Server(moved_to=url).running())
        wrong = 'http_auth = { username = "ada", password = "donkey" }'
        states = await _states(
            feed("proxied", "http://board.test/", LAST.format(name="A"), proxied),
            feed("known", url, LAST.format(name="B"), f"http_auth = {{ {login} }}"),
            feed("unknown", url, LAST.format(name="C"), f'{wrong}\nrobots = "ignore"'),
            feed("moved", f"http://127.0.0.1:{moved.port}/", LAST.format(name="D"), f"http_auth = {{ {login} }}"),
        )
    assert states["proxied"] == states["known"] == (ProducerState.LIVE, "")
    assert states["unknown"][0] is ProducerState.STALE
    assert "http_auth" in states["unknown"][1]
    assert states["moved"][0] is ProducerState.STALE
    assert f"`http_auth` is sent only to http://127.0.0.1:{moved.port}: change `url`" in states["moved"][1]
    assert ("http://board.test/", _basic("ada", "horse")) in [
        (target, headers.get("proxy-authorization")) for target, headers in proxy.requests
    ]
    assert other.requests
    assert not [headers for _, headers in other.requests if "authorization" in headers], "the password left the origin"


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a CA, a certificate that it has signed, and one that it has not, with the real one beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("certificates")
    names = "subjectAltName=IP:127.0.0.1"
    new = ["req", "-newkey", "rsa:2048", "-nodes"]
    signs = ["-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign"]
    (folder / "names").write_text(names)
    for command in (
        [*new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=A CA of our own", *signs],
        [*new, "-keyout", "good.key", "-out", "good.csr", "-subj", "/CN=board"],
        ["x509", "-req", "-in", "good.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "good.pem",
         "-days", "30", "-extfile", "names"],
        [*new, "-x509", "-keyout", "evil.key", "-out", "evil.pem", "-subj", "/CN=board", "-addext", names],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    with (folder / "evil.pem").open("a") as chain:
        chain.write((folder / "good.pem").read_text() + (folder / "ca.pem").read_text())
    return folder


@pytest.mark.long
async def test_only_what_the_given_ca_has_signed_is_trusted_besides(certificates: Path) -> None:
    async with AsyncExitStack() as stack:
        urls = {}
        for name in ("good", "evil"):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
            server = await stack.enter_async_context(Server().running(context))
            urls[name] = f"https://127.0.0.1:{server.port}/"
        ca = f'ca = "{certificates / "ca.pem"}"'
        states = await _states(
            # `obey`: robots.txt has to be fetched, by the driver, which has to trust the CA as well.
            feed("good", urls["good"], LAST.format(name="A"), f'{ca}\nrobots = "obey"'),
            feed("evil", urls["evil"], LAST.format(name="B"), ca),
            feed("without", urls["good"], LAST.format(name="C")),
        )
    assert states["good"] == (ProducerState.LIVE, "")
    for name in ("evil", "without"):
        assert states[name][0] is ProducerState.STALE
        assert "does not trust the site's certificate" in states[name][1]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ('ca = "none.pem"', r"ca none\.pem: no such file or directory"),
        ('http_auth = { username = "ada", password = { env = "NO_SUCH" } }', r"http_auth\.password needs .* NO_SUCH"),
        (
            'proxy = { server = "http://p:1", username = "ada", password = { env = "NO_SUCH" } }',
            r"proxy\.password needs the environment variable NO_SUCH: set it",
        ),
    ],
)
def test_what_is_missing_is_told_before_a_browser_is_started(page: str, why: str) -> None:
    with pytest.raises((SecretMissing, FeedFileError), match=why):
        check_access(FeedFile.parse(REQUEST.format(page=page), Path("feed.toml")).page, {})


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    feed_file = FeedFile.parse(REQUEST.format(page='ca = "ca.pem"'), tmp_path / "feed.toml")
    with pytest.raises(FeedFileError, match=r"ca\.pem: no certificate in PEM format"):
        check_access(feed_file.page, {})


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ('attach = "http://127.0.0.1:9222"\nproxy = "http://p:1"', "attach and proxy exclude each other"),
        ('attach = "http://127.0.0.1:9222"\nheadless = true', "attach and headless exclude each other"),
        ('attach = "http://127.0.0.1:9222"\nrecycle_memory = 900', "attach and recycle_memory exclude each other"),
        ('attach = "http://ada:horse@127.0.0.1:9222"', "attach takes no user name and no password"),
        ('attach = "http://127.0.0.1:horse"', "attach is not the address of a browser"),
        ('attach = "127.0.0.1:9222/?token=horse"', "attach is not the address of a browser"),
        ('attach = "127.0.0.1:9222"', "is not the address of a browser, such as http://127.0.0.1:9222"),
        ('proxy = "p:1"', "'p:1' is not the address of a proxy"),
        ('proxy = "http://ada:horse@p:1"', "the user of a proxy has keys of its own"),
        ('proxy = "ftp://ada:horse@p:1"', "the user of a proxy has keys of its own"),
        ('proxy = { server = "http://p:1", username = "a" }', "username and password go together"),
        (
            'proxy = { server = "socks5://p:1", username = "a", password = "b" }',
            "username and socks5 exclude each other",
        ),
        ('dismiss = "#a"\nstale = "#a"', 'dismiss and stale both have "#a"'),
        ('login = { marker = "#a", logged_out = "#a" }', 'marker and logged_out both have "#a"'),
    ],
)
def test_keys_that_contradict_each_other_are_refused_with_both_named(page: str, why: str) -> None:
    with pytest.raises(FeedFileError) as refused:
        FeedFile.parse(REQUEST.format(page=page))
    assert why in str(refused.value)
    assert "horse" not in str(refused.value)
