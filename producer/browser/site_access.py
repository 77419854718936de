"""The proxy and the HTTP authentication of a feed file, as Playwright takes them. No I/O but the check of a file."""

from collections.abc import Mapping

from playwright.async_api import HttpCredentials, ProxySettings

from tickql.producer.browser.secrets import read_secret
from tickql.producer.browser.trusted_ca import check_ca
from tickql.producer.feedfile.page_settings import PageSettings


def check_access(settings: PageSettings, environ: Mapping[str, str]) -> None:
    """Check what can be checked before a browser is started.

    Raises:
        SecretMissing: an environment variable that `proxy` or `http_auth` names is not set.
        FeedFileError: `ca` cannot be used.
    """
    proxy_options(settings, environ)
    http_credentials(settings, environ)
    if settings.ca is not None:
        check_ca(settings.ca)


def proxy_options(settings: PageSettings, environ: Mapping[str, str]) -> ProxySettings | None:
    """Return the proxy for a context; `None`: that of the system.

    Raises:
        SecretMissing: an environment variable is not set.
    """
    proxy = settings.proxy
    if proxy is None:
        return None
    options = ProxySettings(server=proxy.server)
    if proxy.bypass:
        options["bypass"] = ",".join(proxy.bypass)
    if proxy.username is not None and proxy.password is not None:
        options["username"] = read_secret(proxy.username, environ, "proxy.username")
        options["password"] = read_secret(proxy.password, environ, "proxy.password")
    return options


def http_credentials(settings: PageSettings, environ: Mapping[str, str]) -> HttpCredentials | None:
    """Return the HTTP authentication for a context, which no other origin than the page's gets; `None`: there is none.

    Raises:
        SecretMissing: an environment variable is not set.
    """
    auth = settings.http_auth
    if auth is None:
        return None
    username = read_secret(auth.username, environ, "http_auth.username")
    password = read_secret(auth.password, environ, "http_auth.password")
    return HttpCredentials(username=username, password=password, origin=settings.origin, send=None)
