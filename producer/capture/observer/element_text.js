// What an element shows, in each of the ways that `read` of the feed file names. A text that is seen in several pieces
// has markers between them (see pieces.js).
({ plain_text: { accessibleName }, generated_content: { textOf }, reading_plan, MAX_CHARACTERS }) => {
  const MARKER = /\x1f../g;
  const FRACTION = "\x1f0t"; // the marker of a piece that the feed file calls the fraction

  // The text of an element, or of several that `element` lists, as a candidate of a field reads it. null: the element
  // has no such attribute, value or pseudo-element.
  function read(element, { read: how, ignore = null, fraction = null }) {
    if (fraction) return element.map((each) => reading_plan.read(each, ignore)).join(FRACTION).slice(0, MAX_CHARACTERS);
    if (how === "text") return reading_plan.read(element, ignore);
    if (how === "texts") return [element].flat().map((each) => withoutMarkers(reading_plan.read(each, ignore))).join("").slice(0, MAX_CHARACTERS);
    if (how === "title") return document.title.slice(0, MAX_CHARACTERS);
    if (how === "value") return typeof element.value === "string" ? element.value.slice(0, MAX_CHARACTERS) : null;
    if (how === "aria") return accessibleName(element).slice(0, MAX_CHARACTERS);
    const at = how.indexOf(":");
    if (how.startsWith("attr")) return element.getAttribute(how.slice(at + 1))?.slice(0, MAX_CHARACTERS) ?? null;
    return textOf(getComputedStyle(element, how.slice(at + 1)).content);
  }

  // The pieces of a seen text put together as they come: for texts that are no prices.
  const withoutMarkers = (text) => text.replace(MARKER, "");

  // All that an element shows, without a separator.
  const joined = (element) => withoutMarkers(reading_plan.read(element));

  return { read, joined, withoutMarkers };
}
