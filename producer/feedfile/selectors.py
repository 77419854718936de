"""Selectors of a feed file, compiled to the steps by which the page's observer finds elements. No I/O.

A selector is one or more parts joined with ` >> `. Each part searches inside what the part before it found:

- CSS (`#es .ask`, or `css=...`): every selector that the browser knows. It pierces shadow roots, also between the two
  sides of a descendant combinator (`price-cell .ask`), but not across `>`, `+` and `~`. `:scope` is the row or box.
- `text=Ask`: the smallest elements whose text contains `Ask` in upper or lower case. `text="Ask"`: their whole text is
  exactly that. `text=/asks?/i`: a JavaScript regular expression. Several spaces count as one.
- `role=cell[name="Ask"]`: elements of an ARIA role, by the `role` attribute or the tag. The name is as for `text`.
- `testid=es-ask` (or `data-testid=`, `data-test-id=`, `data-test=`, `id=`): the value of an attribute.
- `xpath=//td[2]`, or a text that begins with `//` or `..`: XPath. It does not pierce shadow roots.
- `nth=0`: one of the elements found so far, from 0; `nth=-1` is the last one.
"""

import re
from collections.abc import Callable
from typing import Any

from tickql.producer.errors import InvalidSelector, excerpt

SelectorStep = dict[str, Any]
"""One part of a selector as JSON, for producer/capture/observer/selector_engine.js."""

_MAX_CHARACTERS = 1000
_PREFIX = re.compile(r"([a-zA-Z][a-zA-Z:_-]*)=(.*)", re.DOTALL)
_KNOWN = "CSS, text=, role=, testid=, id=, xpath= or nth="
# Playwright's extensions of CSS. No browser knows them, so the error message can name a way without them.
_PLAYWRIGHT_ONLY = re.compile(
    r":(has-text|text|text-is|text-matches|visible|nth-match|left-of|right-of|above|below|near|light)(?![\w-])"
)
_ROLE = re.compile(r"\s*([a-z]+)\s*(?:\[\s*name\s*=\s*(.+?)\s*\])?\s*", re.DOTALL)
_REGEX = re.compile(r"/(.+)/([a-z]*)", re.DOTALL)
# The tags with an implicit role (W3C "ARIA in HTML"). An element with a `role` attribute has that role only.
_ROLE_TAGS = {
    "article": "article",
    "button": "button, summary, input[type=button], input[type=submit], input[type=reset]",
    "cell": "td",
    "columnheader": "th:not([scope=row])",
    "definition": "dd",
    "gridcell": "[role=grid] td",
    "heading": "h1, h2, h3, h4, h5, h6",
    "img": "img, [role=image]",
    "link": "a[href], area[href]",
    "list": "ul, ol",
    "listitem": "li",
    "meter": "meter",
    "row": "tr",
    "rowgroup": "tbody, thead, tfoot",
    "rowheader": "th[scope=row]",
    "spinbutton": "input[type=number]",
    "status": "output",
    "table": "table",
    "term": "dt, dfn",
    "textbox": "textarea, input:not([type]), input[type=text], input[type=tel], input[type=email], input[type=url]",
}
# An escaped character, a quoted text, white space, or any other character: a comma or space in quotes is no cut.
_CSS_TOKEN = re.compile(r"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\s+|.""", re.DOTALL)


def compile_selector(text: str) -> list[SelectorStep]:
    """Return the steps by which the observer finds the elements of a selector.

    Raises:
        InvalidSelector: the selector is empty, longer than 1,000 characters, or of an unknown kind. Only the browser
            can check CSS, XPath and regular expressions: see `Heartbeat.invalid`.
    """
    if len(text) > _MAX_CHARACTERS:
        raise InvalidSelector(
            f"selector {excerpt(text)!r} has {len(text)} characters, at most {_MAX_CHARACTERS} are read"
        )
    return [_step(part, text) for part in map(str.strip, _parts(text)) if part != ":scope"]


def playwright_selector(text: str) -> str:
    """Return the selector in Playwright's own syntax."""
    return " >> ".join(re.sub(r"^testid=", "data-testid=", part) for part in map(str.strip, _parts(text)))


def _parts(text: str) -> list[str]:
    """Return the parts of a selector: the text cut at each `>>` outside quotes."""
    parts = [""]
    for token in re.findall(r"""\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|>>|.""", text, re.DOTALL):
        if token == ">>":
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _step(part: str, whole: str) -> SelectorStep:
    if not part:
        raise InvalidSelector(f"selector {whole!r} is empty or has an empty part")
    # Playwright takes these beginnings for XPath too. `(//td)[2]` is XPath with a position.
    if part.startswith(("//", "..", "(//")):
        return _xpath(part)
    match = _PREFIX.fullmatch(part)
    if match is None:
        return _css(part)
    engine, body = match[1], match[2].strip()
    if engine not in _ENGINES:
        raise InvalidSelector(f"selector {whole!r}: {engine}= is none of {_KNOWN}")
    if not body:
        raise InvalidSelector(f"selector {whole!r}: nothing follows {engine}=")
    return _ENGINES[engine](body)


def _attribute(name: str) -> Callable[[str], SelectorStep]:
    return lambda body: _css(f"[{name}={_quoted(_unquoted(body))}]")


def _xpath(xpath: str) -> SelectorStep:
    return {"engine": "xpath", "xpath": xpath}


def _nth(body: str) -> SelectorStep:
    if not re.fullmatch(r"-?\d{1,6}", body, re.ASCII):
        raise InvalidSelector(f"nth={excerpt(body)} is not a number such as 0, 1 or -1")
    return {"engine": "nth", "index": int(body)}


def _role(body: str) -> SelectorStep:
    match = _ROLE.fullmatch(body)
    if match is None:
        raise InvalidSelector(f'role={excerpt(body)} is not a role such as cell or button[name="Buy"]')
    role = match[1]
    # An explicit role replaces the implicit one: hence `:not([role])` for tags.
    css = f"[role={role}]"
    if role in _ROLE_TAGS:
        css += "".join(f", {tag.strip()}:not([role])" for tag in _ROLE_TAGS[role].split(","))
    return {**_css(css), "engine": "role", "name": _text(match[2]) if match[2] else None}


def _text(body: str) -> SelectorStep:
    """Return the condition for a text: `{"exact"}`, `{"part"}` (in lower case), or `{"pattern", "flags"}`."""
    if regex := _REGEX.fullmatch(body):
        return {"pattern": regex[1], "flags": regex[2]}
    if len(body) >= 2 and body[0] == body[-1] and body[0] in "\"'":
        return {"exact": _with_single_spaces(_unquoted(body))}
    return {"part": _with_single_spaces(body).lower()}


def _css(css: str) -> SelectorStep:
    foreign = _PLAYWRIGHT_ONLY.search(css)
    if foreign is not None:
        raise InvalidSelector(
            f"selector {css!r}: {foreign[0]} is not CSS; join parts instead, such as `tr >> text=ES` or `td >> nth=0`"
        )
    return {"engine": "css", "css": css, "paths": css_paths(css)}


def css_paths(css: str) -> list[list[str]]:
    """Cut CSS at its top-level commas, and each alternative at its descendant combinators (plain spaces).

    The observer searches the pieces of a path one after the other, and enters shadow roots between them.
    """
    paths = [[""]]
    # `glued`: the next token continues the piece, so a space before it is no descendant combinator.
    depth, glued = 0, True
    for token in _CSS_TOKEN.findall(css.strip()):
        if depth == 0 and token == ",":
            paths.append([""])
            glued = True
        elif depth == 0 and token.isspace():
            glued = glued or paths[-1][-1].endswith((">", "+", "~"))
            if not glued:
                paths[-1].append("")
        elif depth == 0 and token in ">+~":
            _append_combinator(paths[-1], token)
        else:
            depth += (token in "([") - (token in ")]")
            paths[-1][-1] += token
        glued = depth == 0 and not paths[-1][-1]
    return [[piece for piece in path if piece] for path in paths]


def _append_combinator(path: list[str], combinator: str) -> None:
    """Append a combinator; undo a cut that was made at the space before it."""
    if len(path) > 1 and not path[-1]:
        path.pop()
    path[-1] += combinator


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _unquoted(text: str) -> str:
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "\"'":
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return text


def _with_single_spaces(text: str) -> str:
    return " ".join(text.split())


# At the end of the module, since it needs the functions above.
_ENGINES: dict[str, Callable[[str], SelectorStep]] = {
    "css": _css,
    "text": lambda body: {"engine": "text", "text": _text(body)},
    "role": _role,
    "xpath": _xpath,
    "nth": _nth,
    "testid": _attribute("data-testid"),
    **{name: _attribute(name) for name in ("data-testid", "data-test-id", "data-test", "id")},
}
