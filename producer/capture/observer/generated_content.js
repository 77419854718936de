// The text that a style sheet puts before or after an element: `content` of ::before and ::after.
() => {
  const UNKNOWN = "\ufffd"; // stands for a counter: the browser does not tell a script its value

  // The text of a computed `content`; null: there is none. What follows a slash is for screen readers only.
  function textOf(content) {
    if (content === "none" || content === "normal" || content === "") return null;
    let text = "";
    for (const [token, quoted] of content.matchAll(/"((?:[^"\\]|\\.)*)"|counters?\([^)]*\)|\/|[^\s"/]+/g)) {
      if (token === "/") break;
      if (quoted !== undefined) text += quoted.replace(/\\(.)/g, "$1");
      else if (token.startsWith("counter")) text += UNKNOWN;
    }
    return text;
  }

  // The text of a pseudo-element and its style; null: it shows none.
  function contentOf(element, pseudo) {
    const style = getComputedStyle(element, pseudo);
    const text = textOf(style.content)?.trim();
    return text && style.display !== "none" ? { text, style } : null;
  }

  return { textOf, contentOf };
}
