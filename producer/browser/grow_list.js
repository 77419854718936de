// Makes a list as high as its content, and returns what was found: the heights, in pixels, of its content and its window.
//
// The rule is in a style sheet of the document: an inline style would be replaced by the page's own at the next
// rendering. The events are for scripts that measure their element only then.
(box, most) => {
  if (box === document.documentElement || box === document.body) {
    return { page: true, content: document.scrollingElement.scrollHeight, window: innerHeight };
  }
  const grown = box.scrollHeight > box.clientHeight + 1 && box.clientHeight < most;
  if (grown) {
    const height = Math.min(most, box.scrollHeight) + (box.offsetHeight - box.clientHeight);
    const name = (box.dataset.tickqlList ??= String(Math.random()).slice(2));
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`[data-tickql-list="${name}"] {
      height: ${height}px !important; min-height: ${height}px !important; max-height: none !important;
      flex: none !important; }`);
    const root = box.getRootNode();
    root.tickqlSheets ??= new Map();
    const others = root.adoptedStyleSheets.filter((each) => each !== root.tickqlSheets.get(name));
    root.adoptedStyleSheets = [...others, sheet];
    root.tickqlSheets.set(name, sheet);
    dispatchEvent(new Event("resize"));
    box.dispatchEvent(new Event("scroll"));
  }
  return { page: false, grown, content: box.scrollHeight, window: box.clientHeight };
}
