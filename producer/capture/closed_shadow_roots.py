"""The closed shadow roots of a page, out of any script's reach: the debugging protocol hands them to ours."""

from collections.abc import Iterator
from typing import Any

from playwright.async_api import CDPSession

_GROUP = "tickql"
_CALL_MS = 1_000
_TREE_MS = 5_000


async def expose_closed_roots(session: CDPSession, context: int, receiver: str) -> None:
    """Call a function in a context with all closed shadow roots of its document, if there are any.

    `receiver` is JavaScript, such as `(...roots) => take(roots)`.

    Raises:
        playwright.async_api.Error: the page does not answer, or has gone elsewhere.
    """
    where = {"expression": "document", "contextId": context, "objectGroup": _GROUP}
    document = await session.send("Runtime.evaluate", where, timeout=_CALL_MS)
    whole = {"objectId": document["result"]["objectId"], "depth": -1, "pierce": True}
    tree = await session.send("DOM.describeNode", whole, timeout=_TREE_MS)
    handles = []
    for node in _closed_roots(tree["node"]):
        root = {"backendNodeId": node, "executionContextId": context, "objectGroup": _GROUP}
        resolved = await session.send("DOM.resolveNode", root, timeout=_CALL_MS)
        handles.append({"objectId": resolved["object"]["objectId"]})
    if handles:
        hand_in = {"functionDeclaration": receiver, "arguments": handles, "executionContextId": context}
        await session.send("Runtime.callFunctionOn", hand_in, timeout=_CALL_MS)
    await session.send("Runtime.releaseObjectGroup", {"objectGroup": _GROUP}, timeout=_CALL_MS)


def _closed_roots(node: dict[str, Any]) -> Iterator[int]:
    """The closed shadow roots of a document, not of those in its frames."""
    for root in node.get("shadowRoots", ()):
        if root["shadowRootType"] == "closed":
            yield root["backendNodeId"]
        yield from _closed_roots(root)
    for child in node.get("children", ()):
        yield from _closed_roots(child)
