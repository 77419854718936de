"""Reading `/metrics` of a running API or producer."""

from collections.abc import Mapping

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.waiting import DEADLINE_S

Scraped = dict[str, dict[tuple[str, ...], float]]
"""The samples by name, and by the values of their labels, in the order of the names of these."""


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


def labels_of(text: str) -> dict[str, set[tuple[str, ...]]]:
    """Return the names of the labels of each metric in the text of a scrape, in order."""
    return {
        name: {tuple(label for label in sample.labels if label != "le") for sample in family.samples}
        for family in text_string_to_metric_families(text)
        for name in [f"{family.name}_total" if family.type == "counter" else family.name]
    }
