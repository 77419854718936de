// Texts of SVG whose characters are placed one by one, along a path, or without a fill.
() => {
  const PLACES = ["x", "y", "dx", "dy"];
  const MAX_TURN = 45; // degrees

  // Why nobody can read a text of SVG as it is written; null: it can be read, or is no text of SVG.
  function faultOf(element, { fill, stroke }) {
    if (!element.getNumberOfChars) return null;
    if (fill === "none" && (!stroke || stroke === "none")) return "it has no fill";
    const text = element.closest("text");
    const isScattered = text && [text, ...text.querySelectorAll("*")].some(placesCharacters) && !isInOrder(element);
    return isScattered ? "its characters are not in the order in which they are written" : null;
  }

  const placesCharacters = (element) => element.localName === "textPath" || element.hasAttribute("rotate")
    || PLACES.some((name) => /\S[\s,]+\S/.test(element.getAttribute(name) ?? ""));

  function isInOrder(element) {
    const characters = Array.from({ length: element.getNumberOfChars() }, (_, i) => i);
    const lefts = characters.map((i) => element.getStartPositionOfChar(i).x);
    const isUpright = (i) => Math.abs(((element.getRotationOfChar(i) + 540) % 360) - 180) < MAX_TURN;
    return characters.every((i) => isUpright(i) && (!i || lefts[i] >= lefts[i - 1]));
  }

  return { faultOf };
}
