// Returns how many rows a list holds, how high one is, and how far the last one is from the end of the list, in pixels.
// Null: it holds none.
(rows, box) => {
  const inside = rows.filter((row) => box.contains(row)).map((row) => row.getBoundingClientRect());
  const shown = inside.filter((row) => row.height);
  if (!shown.length) return null;
  const isPage = box === document.documentElement || box === document.body;
  const top = isPage ? -scrollY : box.getBoundingClientRect().top - box.scrollTop;
  const end = top + (isPage ? document.scrollingElement.scrollHeight : box.scrollHeight);
  const last = Math.max(...shown.map((row) => row.bottom));
  return { rows: shown.length, height: shown[0].height, rest: end - last, content: end - top };
}
