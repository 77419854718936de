// Closed shadow roots are out of any script's reach; the reader can hand them in. Asked for while something is missing
// on a page that has elements which could have one.
({ clock: { now }, roots: { all: roots, shadowOf }, rules: { groups }, entries: { all: entries }, reader: { post } }) => {
  const AGAIN_MS = 1000;
  const MAX_ASKED = 12; // times in vain, each time after twice as long
  const MAX_TREE = 20_000; // elements of a document in which they are looked for

  const HOSTS = /^(article|aside|blockquote|body|div|footer|h[1-6]|header|main|nav|p|section|span)$/;
  const range = document.createRange();

  let asked = 0;
  let askAt = 0;

  function ask() {
    const isMissing =
      groups.some(({ units }) => !units.size || [...units.values()].some(({ entry }) => !entry)) ||
      [...entries.values()].some(({ places }) => places.some((place) => place?.n === 0));
    if (!isMissing || asked >= MAX_ASKED || now() < askAt) return;
    const elements = [...roots].flatMap((root) => [...root.querySelectorAll("*")]);
    if (elements.length > MAX_TREE || !elements.some(isSuspect)) return;
    askAt = now() + AGAIN_MS * 2 ** asked;
    asked += 1;
    post({ kind: "want", what: "roots" });
  }

  // A component, or a plain element that is seen but shows nothing of what is in it.
  function isSuspect(element) {
    if (shadowOf(element)) return false;
    if (element.localName.includes("-")) return true;
    if (!HOSTS.test(element.localName)) return false;
    const { width, height } = element.getBoundingClientRect();
    if (!width || !height) return false;
    range.selectNodeContents(element);
    return range.getClientRects().length === 0;
  }

  const answered = () => {
    asked = 0;
  };

  return { ask, answered };
}
