// Columns. In a table a feed file may name the header of a price's column in place of a selector. Pages move columns
// while they stream, so the place of each header is found again as soon as something changes that may move it.
//
// A layout is what is known of one table: where its headers are, and whether the place of a cell in its row is its
// column. Rows below a second row of headers have those headers, and above them those of the first.
({ plan, flat_tree: { isElement }, element_text: { joined }, invalidation: { own, disown, doubtful }, column_grid }) => {
  const { tableOf, headerBlocks, cellsByColumn, spanningCells, hiddenColumns, partsOf } = column_grid;
  const MARKS = /^[▲▼△▽▴▾▵▿↑↓↕⇅⇵⬆⬇⬍]+|[:▲▼△▽▴▾▵▿↑↓↕⇅⇵⬆⬇⬍]+$/gu; // in a header they show how the table is sorted
  const NAMING = ["aria-label", "title", "alt"]; // of a header that shows only a picture

  const layouts = new Map(); // table -> layout
  const structural = new WeakMap(); // element -> the layout that its children decide
  const isUsed = JSON.stringify(plan.rules).includes('"header":');
  const normalized = new Map(); // header of the feed file -> how it is compared

  class Layout {
    isLayout = true; // in contrast to a unit: see invalidation.js
    headerRows = [];

    constructor(table) {
      this.table = table;
      this.find();
    }

    // Find the headers. Returns whether rows have to be read again.
    find() {
      const before = this.signature;
      const blocks = headerBlocks(this.table);
      this.headerRows.forEach((row) => disown(row, this));
      this.headerRows = blocks.flat();
      this.headerRows.forEach((row) => own(row, this));
      this.spanning = spanningCells(this.table);
      this.hidden = hiddenColumns(this.table, this.headerRows);
      this.blocks = blocks.map((rows) => ({ rows, texts: this.textsOf(rows) }));
      for (const part of partsOf(this.table, this.headerRows, Boolean(this.spanning))) structural.set(part, this);
      this.headers = this.blocks.map((_, at) => this.columnsAfter(at));
      this.signature = JSON.stringify([this.hidden, this.headers.map((columns) => [...columns])]);
      return this.spanning !== null || this.signature !== before;
    }

    // The texts above each column, of these rows of headers.
    textsOf(rows) {
      const texts = [];
      for (const row of rows) {
        this.cells(row).forEach((cell, column) => {
          const text = cell ? headerText(cell) : "";
          if (text) (texts[column] ??= new Set()).add(text);
        });
      }
      return texts;
    }

    // The columns of each header, for rows below this block. The nearest block with a text for a column counts.
    columnsAfter(at) {
      const columns = new Map();
      const above = this.blocks.slice(0, at + 1).reverse();
      const width = Math.max(0, ...above.map(({ texts }) => texts.length));
      for (let column = 0; column < width; column += 1) {
        const { texts } = above.find((block) => block.texts[column]) ?? {};
        for (const text of texts?.[column] ?? []) columns.set(text, [...(columns.get(text) ?? []), column]);
      }
      return columns;
    }

    // The cells of a row by column.
    cells(row) {
      return this.spanning?.get(row) ?? cellsByColumn(row, this.hidden);
    }

    columnsOf(row, header) {
      if (this.headers.length === 1) return this.headers[0].get(header) ?? [];
      const isBelow = ({ rows }) => rows.at(-1).compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING;
      return this.headers[this.blocks.findLastIndex(isBelow)]?.get(header) ?? [];
    }
  }

  function headerText(cell) {
    const text = comparable(joined(cell));
    if (text) return text;
    const named = [cell, ...cell.querySelectorAll(NAMING.map((name) => `[${name}]`).join())];
    return comparable(named.flatMap((each) => NAMING.map((name) => each.getAttribute(name))).find(Boolean) ?? "");
  }

  const comparable = (text) => text.replace(/[\s\u200b]+/g, "").replace(MARKS, "").toLowerCase();

  // The cells of a row under the headers with this text: one, if all is well.
  function cellsUnder(header, row) {
    const table = tableOf(row);
    if (!table) return [];
    if (!layouts.has(table)) layouts.set(table, new Layout(table));
    if (!normalized.has(header)) normalized.set(header, comparable(header));
    const layout = layouts.get(table);
    const columns = layout.columnsOf(row, normalized.get(header));
    if (!columns.length) return [];
    const cells = layout.cells(row);
    return [...new Set(columns.map((column) => cells[column]).filter(Boolean))];
  }

  // Learn of a change that may move columns. What changes in the headers themselves is learned through `own`.
  function note({ type, target, attributeName }) {
    if (type === "characterData") return;
    if (type === "childList") {
      const layout = structural.get(target);
      if (layout) doubtful.add(layout);
    } else if (attributeName === "rowspan" || attributeName === "role") {
      const layout = isElement(target) && layouts.get(tableOf(target));
      if (layout) doubtful.add(layout);
    }
  }

  // Find the headers again where they may have moved. Returns whether a row has to be read again for it, by its element.
  function refresh() {
    const moved = new Set();
    for (const layout of doubtful) {
      if (!layout.table.isConnected) layouts.delete(layout.table);
      else if (layout.find()) moved.add(layout.table);
    }
    doubtful.clear();
    return moved.size ? (row) => moved.has(tableOf(row)) : null;
  }

  return {
    cellsUnder,
    refresh,
    note: isUsed ? note : () => {},
    doubtAll: () => layouts.forEach((layout) => doubtful.add(layout)), // for what no mutation announces
  };
}
