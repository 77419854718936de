"""The audits of npm graphql-http: GraphQL over HTTP."""

import json
from pathlib import Path

from tests.conformance.suites.finding import Finding
from tests.conformance.suites.served_feed import ServedFeed
from tests.support.process import command

CLIENTS = Path(__file__).parents[1] / "clients"
AUDITS = 61
_ON_PURPOSE = {
    "5A70": "queries over GET are off: a page of any site could send them",
    "D6D5": "queries over GET are off",
    "6A70": "queries over GET are off",
}
"""By the id of an audit: why it is not passed. All three are of the kind MAY."""


async def run(feed: ServedFeed, seed: int) -> list[Finding]:
    """Run the audits. They have no seed."""
    async with command("node", str(CLIENTS / "audits.js"), f"{feed.url}/graphql") as node:
        assert await node.ends() == 0, "\n".join(node.output)
        audits = [json.loads(line) for line in node.output]
    odd = [audit for audit in audits if audit["status"] != "ok"]
    ok = len(audits) - len(odd)
    passed = len(audits) == AUDITS and all(audit["id"] in _ON_PURPOSE for audit in odd)
    return [
        Finding("graphql-http", "serverAudits", passed, f"{ok} of {len(audits)} ok"),
        *(
            Finding(
                "graphql-http",
                f"{audit['id']}, {audit['status']}",
                audit["id"] in _ON_PURPOSE,
                _ON_PURPOSE.get(audit["id"], f"{audit['name']}: {audit['reason']}"),
            )
            for audit in odd
        ),
    ]
