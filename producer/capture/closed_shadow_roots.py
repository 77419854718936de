"""Access to closed shadow roots: no script can reach them, but the DevTools Protocol can hand them to the observer."""

from collections.abc import Iterator
from typing import Any

from playwright.async_api import CDPSession

_OBJECT_GROUP = "tickql"
_CALL_TIMEOUT_MS = 1_000
# The whole tree of a large page in one answer.
_TREE_TIMEOUT_MS = 5_000


async def expose_closed_roots(session: CDPSession, context: int, receiver: str) -> None:
    """Call a function in a context with all closed shadow roots of its document, if there are any.

    `receiver` is JavaScript, such as `(...roots) => open(roots)`. `context` is the browser's own id.

    Raises:
        playwright.async_api.Error: the page does not answer in time, or has navigated.
    """
    where = {"expression": "document", "contextId": context, "objectGroup": _OBJECT_GROUP}
    document = await session.send("Runtime.evaluate", where, timeout=_CALL_TIMEOUT_MS)
    whole = {"objectId": document["result"]["objectId"], "depth": -1, "pierce": True}
    tree = await session.send("DOM.describeNode", whole, timeout=_TREE_TIMEOUT_MS)
    handles = []
    for node in _closed_roots(tree["node"]):
        root = {"backendNodeId": node, "executionContextId": context, "objectGroup": _OBJECT_GROUP}
        resolved = await session.send("DOM.resolveNode", root, timeout=_CALL_TIMEOUT_MS)
        handles.append({"objectId": resolved["object"]["objectId"]})
    if handles:
        call = {"functionDeclaration": receiver, "arguments": handles, "executionContextId": context}
        await session.send("Runtime.callFunctionOn", call, timeout=_CALL_TIMEOUT_MS)
    # Handles keep their elements alive in the page until they are released.
    await session.send("Runtime.releaseObjectGroup", {"objectGroup": _OBJECT_GROUP}, timeout=_CALL_TIMEOUT_MS)


def _closed_roots(node: dict[str, Any]) -> Iterator[int]:
    """Yield the node ids of the closed shadow roots of a document, without those of documents in its frames."""
    for root in node.get("shadowRoots", ()):
        if root["shadowRootType"] == "closed":
            yield root["backendNodeId"]
        yield from _closed_roots(root)
    for child in node.get("children", ()):
        yield from _closed_roots(child)
