"""Reading `/metrics` of a running server."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.waiting import DEADLINE_S

Scraped = dict[str, dict[tuple[str, ...], float]]
"""The samples by name, and by the values of their labels."""


async def scrape(url: str, headers: Mapping[str, str] | None = None) -> Scraped:
    # Without certificates, which take a quarter of a second to load.
    async with httpx.AsyncClient(timeout=DEADLINE_S, verify=False) as client:
        response = await client.get(f"{url}/metrics", headers=headers)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples: Scraped = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return samples
