// The grid of a table: its rows of headers, and the cell in each column of a row, as the browser lays them out. A table
// is a `<table>`, or elements with the roles of one.
() => {
  const ARIA_TABLE = "[role=table], [role=grid], [role=treegrid]";
  const ARIA_CELL = "[role=cell], [role=gridcell], [role=rowheader], [role=columnheader]";
  const MAX_COLUMNS = 1000; // that one cell may span: the limit of HTML

  const isNative = (element) => element.localName === "tr" || element.localName === "table";

  // The table around a row; null: the element is not a row, or in no table.
  function tableOf(row) {
    if (row.localName === "tr") return row.closest("table");
    return row.getAttribute("role") === "row" ? row.closest(ARIA_TABLE) : null;
  }

  // The rows of headers, those that follow one another together.
  function headerBlocks(table) {
    if (!isNative(table)) return ariaHeaderRows(table);
    const isOwn = (row) => row.closest("table") === table;
    const isHeader = (row) => row.parentNode.localName === "thead" || row.cells.length > 1;
    const rows = [...table.querySelectorAll("thead > tr, tr:not(:has(> td))")].filter((row) => isOwn(row) && isHeader(row));
    if (!rows.some((row) => row.textContent.trim()) && table.rows.length) return [[table.rows[0]]];
    const blocks = [];
    for (const row of rows) {
      if (blocks.length && row.previousElementSibling === blocks.at(-1).at(-1)) blocks.at(-1).push(row);
      else blocks.push([row]);
    }
    return blocks;
  }

  function ariaHeaderRows(table) {
    const headers = [...table.querySelectorAll("[role=columnheader]")].filter((each) => each.closest(ARIA_TABLE) === table);
    const rows = [...new Set(headers.map((each) => each.closest("[role=row]") ?? each.parentElement))];
    return rows.length ? [rows] : [];
  }

  // The cell in each column of a row, without cells of other rows that reach into it. `hidden`: whether cells that are
  // not displayed take no column.
  function cellsByColumn(row, hidden) {
    const columns = [];
    if (row.localName !== "tr") return ariaCells(row, columns);
    for (const cell of row.cells) {
      if (hidden && isHidden(cell)) continue;
      for (let left = cell.colSpan; left > 0; left -= 1) columns.push(cell);
    }
    return columns;
  }

  function ariaCells(row, columns) {
    let next = 0;
    for (const cell of row.querySelectorAll(ARIA_CELL)) {
      if (cell.parentElement.closest("[role=row]") !== row) continue;
      const first = countOf(cell, "aria-colindex", next + 1) - 1;
      next = first + countOf(cell, "aria-colspan", 1);
      for (let column = first; column < next; column += 1) columns[column] = cell;
    }
    return columns;
  }

  function countOf(element, name, otherwise) {
    const count = parseInt(element.getAttribute(name) ?? "", 10);
    return count >= 1 && count <= MAX_COLUMNS ? count : otherwise;
  }

  const isHidden = (cell) => getComputedStyle(cell).display === "none";

  // Where cells reach into rows below: the cells of all rows by column, by row. null: no cell does.
  function spanningCells(table) {
    if (!isNative(table) || !table.querySelector("[rowspan]")) return null;
    const found = new Map();
    for (const section of new Set([...table.rows].map((row) => row.parentNode))) {
      let reaching = []; // column -> [cell, rows left]
      for (const row of [...section.children].filter(({ localName }) => localName === "tr")) {
        const columns = reaching.map((each) => each?.[0]);
        const below = reaching.map((each) => (each && each[1] > 1 ? [each[0], each[1] - 1] : undefined));
        let column = 0;
        for (const cell of row.cells) {
          if (isHidden(cell)) continue;
          while (columns[column]) column += 1;
          for (let left = cell.colSpan; left > 0; left -= 1, column += 1) {
            columns[column] = cell;
            if (cell.rowSpan !== 1) below[column] = [cell, (cell.rowSpan || Infinity) - 1];
          }
        }
        found.set(row, columns);
        reaching = below;
      }
    }
    return found;
  }

  // Whether cells that are not displayed have to be looked for: pages hide columns in the headers and in the rows alike,
  // and then each cell's place is its column all the same. To ask for the style of each cell would cost time.
  function hiddenColumns(table, headerRows) {
    const sample = isNative(table) && [...table.querySelectorAll("tr:has(> td)")].findLast((row) => !headerRows.includes(row));
    if (!sample) return false;
    const hiddenIn = (row) => cellsByColumn(row, false).map(isHidden).join();
    return headerRows.some((row) => /true/.test(`${hiddenIn(row)}${hiddenIn(sample)}`) && hiddenIn(row) !== hiddenIn(sample));
  }

  // The elements whose children decide what the columns are.
  function partsOf(table, headerRows, hasSpanning) {
    const parts = new Set([table]);
    if (isNative(table)) {
      for (const each of table.children) parts.add(each);
      if (hasSpanning) for (const row of table.rows) parts.add(row);
    }
    for (const row of headerRows) for (let node = row; node && node !== table; node = node.parentElement) parts.add(node);
    return parts;
  }

  return { tableOf, headerBlocks, cellsByColumn, spanningCells, hiddenColumns, partsOf };
}
