// Closed shadow roots are out of any script's reach; the reader can hand them in. Asked for while something is missing
// on a page that has components of its own.
({ clock: { now }, roots: { all: roots, shadowOf }, rules: { groups }, entries: { all: entries }, reader: { post } }) => {
  const AGAIN_MS = 1000;
  const MAX_ASKED = 12; // times in vain, each time after twice as long
  const MAX_TREE = 20_000; // elements of a document in which they are looked for

  let asked = 0;
  let askAt = 0;

  function ask() {
    const isMissing =
      groups.some(({ units }) => !units.size || [...units.values()].some(({ entry }) => !entry)) ||
      [...entries.values()].some(({ places }) => places.some((place) => place?.n === 0));
    if (!isMissing || asked >= MAX_ASKED || now() < askAt) return;
    const elements = [...roots].flatMap((root) => [...root.querySelectorAll("*")]);
    const isSuspect = (element) => element.localName.includes("-") && !shadowOf(element);
    if (elements.length > MAX_TREE || !elements.some(isSuspect)) return;
    askAt = now() + AGAIN_MS * 2 ** asked;
    asked += 1;
    post({ kind: "want", what: "roots" });
  }

  const answered = () => {
    asked = 0;
  };

  return { ask, answered };
}
