"""The secrets of a feed file: values of environment variables, which appear in no message. No I/O."""

from collections.abc import Mapping

from tickql.producer.errors import SecretMissing
from tickql.producer.feedfile.page_steps import Secret

Secrets = Mapping[str, str]
"""The values, by the names of their environment variables."""


def read_secret(given: str | Secret, environ: Mapping[str, str], place: str) -> str:
    """Return the text itself, or the value of its environment variable. `place`: where it is given, for the error.

    Raises:
        SecretMissing: the variable is not set, or empty.
    """
    if isinstance(given, str):
        return given
    value = environ.get(given.env)
    if not value:
        raise SecretMissing(f"{place} needs the environment variable {given.env}: set it")
    return value


def mask_secrets(text: str, secrets: Secrets) -> str:
    """Replace the secrets in a text by `***`."""
    # Longest first: one secret may be a part of another.
    for secret in sorted(secrets.values(), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text
