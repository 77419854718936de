// Requests for closed shadow roots. No script can reach them, but the program can hand them in. They are requested while
// something of the feed file is missing, on a page with elements that could have one.
({
  clock: { now },
  shadow_roots: { all: roots, shadowOf },
  rules: { groups },
  entries: { all: entries },
  channel: { post },
}) => {
  const RETRY_MS = 1000; // pause after the first request; it doubles with each one
  const MAX_REQUESTS = 12; // in a row without a new root: then none is made any more
  const MAX_ELEMENTS = 20_000; // of a document: a larger one takes the browser too long to search

  // The plain elements that can have a shadow root.
  const HOSTS = /^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;
  const range = document.createRange();

  let requests = 0;
  let nextAt = 0;

  function requestIfNeeded() {
    const isMissing =
      groups.some(({ units }) => !units.size || [...units.values()].some(({ entry }) => !entry)) ||
      [...entries.values()].some(({ places }) => places.some((place) => place?.n === 0));
    if (!isMissing || requests >= MAX_REQUESTS || now() < nextAt) return;
    const elements = [...roots].flatMap((root) => [...root.querySelectorAll("*")]);
    if (elements.length > MAX_ELEMENTS || !elements.some(mayHaveClosedRoot)) return;
    nextAt = now() + RETRY_MS * 2 ** requests;
    requests += 1;
    post({ kind: "want", what: "roots" });
  }

  // A custom element, or a plain element that has a size but shows none of its own content.
  function mayHaveClosedRoot(element) {
    if (shadowOf(element)) return false;
    if (element.localName.includes("-")) return true;
    if (!HOSTS.test(element.localName)) return false;
    const { width, height } = element.getBoundingClientRect();
    if (!width || !height) return false;
    range.selectNodeContents(element);
    return range.getClientRects().length === 0;
  }

  // A request was answered with new roots: what is in them may hold further ones.
  const answered = () => {
    requests = 0;
  };

  return { requestIfNeeded, answered };
}
