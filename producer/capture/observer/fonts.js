// Fonts of the page whose digits are not what they stand for: some pages show `7` where the text has a `1`, so that only
// people can read them. The digits of such a font are drawn and compared with those of the system's fonts.
() => {
  const DIGITS = "0123456789";
  const PROBE = 40; // font size in pixels
  const GRID = { width: 12, height: 16 }; // each drawn digit is scaled to it
  const SYSTEM = ["sans-serif", "serif", "monospace"];
  const ALIKE = 0.16; // mean difference of two drawings of the same digit in common fonts, 0 to 1
  const CLOSER = 1.6; // how much closer another digit must be than the digit itself
  const MIN_MAPPED = 2; // digits: a font that maps one maps another in turn
  const BLOCKED_MS = 3000; // how long the browser shows nothing while a font is loading
  const LOADING = "its font is still loading";
  const MAPPED = "the font maps digits to other digits";

  const verdicts = new Map(); // style, weight and families -> why it cannot be read, or null
  const firstSeen = new Map(); // the same -> when it was first seen without its font
  const systems = new Map(); // style and weight -> for each of the system's fonts its digits

  // Why digits in this style cannot be read; null: they can.
  function faultOf({ fontStyle, fontWeight, fontFamily }) {
    if (!document.fonts?.size) return null;
    const looks = `${fontStyle} ${fontWeight}`, key = `${looks} ${document.fonts.size} ${fontFamily}`;
    if (verdicts.has(key)) return verdicts.get(key);
    const faces = [...document.fonts].filter(({ family }) => fontFamily.includes(family.replace(/^["']|["']$/g, "")));
    if (!document.fonts.check(`${looks} ${PROBE}px ${fontFamily}`, DIGITS)) {
      return faces.some(isInvisible) && isRecent(key) ? LOADING : null;
    }
    const fault = faces.length && mapsDigits(looks, fontFamily) ? MAPPED : null;
    verdicts.set(key, fault);
    return fault;
  }

  // Until such a face has come, the browser shows nothing; for others it shows another font meanwhile.
  const isInvisible = ({ status, display }) => status !== "loaded" && (display === "auto" || display === "block");

  function isRecent(key) {
    const now = performance.now();
    if (!firstSeen.has(key)) firstSeen.set(key, now);
    return now - firstSeen.get(key) < BLOCKED_MS;
  }

  // More faces have come: what was known of fonts may no longer hold.
  function forget() {
    verdicts.clear();
    firstSeen.clear();
  }

  function mapsDigits(looks, families) {
    if (!systems.has(looks)) systems.set(looks, SYSTEM.map((family) => digitsIn(`${looks} ${PROBE}px ${family}`)));
    const known = systems.get(looks);
    const mapped = digitsIn(`${looks} ${PROBE}px ${families}`).filter((picture, digit) => {
      const distances = known[0].map((_, other) => Math.min(...known.map((digits) => distance(picture, digits[other]))));
      const nearest = distances.indexOf(Math.min(...distances));
      return nearest !== digit && distances[nearest] < ALIKE && distances[digit] > CLOSER * distances[nearest];
    });
    return mapped.length >= MIN_MAPPED;
  }

  const distance = (a, b) => a.reduce((sum, each, i) => sum + Math.abs(each - b[i]), 0) / a.length;

  // The ten digits in a font, each as a grid of its ink, 0 to 1.
  function digitsIn(font) {
    const size = 2 * PROBE;
    const canvas = Object.assign(document.createElement("canvas"), { width: size, height: size });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return [...DIGITS].map((digit) => {
      context.clearRect(0, 0, size, size);
      context.font = font;
      context.fillText(digit, PROBE / 2, 1.4 * PROBE);
      return gridOf(context.getImageData(0, 0, size, size).data, size);
    });
  }

  function gridOf(data, size) {
    const ink = (x, y) => data[4 * (y * size + x) + 3] / 255;
    const box = { left: size, right: 0, top: size, bottom: 0 };
    for (let y = 0; y < size; y += 1) {
      for (let x = 0; x < size; x += 1) {
        if (ink(x, y) < 0.5) continue;
        box.left = Math.min(box.left, x);
        box.right = Math.max(box.right, x + 1);
        box.top = Math.min(box.top, y);
        box.bottom = y + 1;
      }
    }
    const { width, height } = GRID;
    return Array.from({ length: width * height }, (_, i) => {
      const x = box.left + ((i % width) + 0.5) * (box.right - box.left) / width;
      const y = box.top + (Math.floor(i / width) + 0.5) * (box.bottom - box.top) / height;
      return box.right ? ink(Math.floor(x), Math.floor(y)) : 0;
    });
  }

  return { faultOf, forget };
}
