// Units. Each has `read()`, which returns the symbol (null: none) and the places of ask, bid and last (null: this rule
// does not read that price).
({
  PRICES,
  clock: { now },
  selector_engine: { find },
  element_text: { joined },
  places: { locate, readPlace, readSymbol, isSilent },
  invalidation: { own, disown },
}) => {
  // A fixed symbol. Its elements are kept: to find them again may mean a search of the whole document.
  class FixedUnit {
    constructor({ rule, symbol, fields, poll }) {
      this.rule = rule;
      this.symbol = symbol;
      this.candidates = PRICES.map((price) => fields[price] ?? null);
      this.wanted = this.candidates.map(Boolean);
      this.silent = poll || this.candidates.some((candidates) => candidates && isSilent(candidates));
      this.places = this.candidates.map((candidates) => candidates && { n: 0, c: 0, element: null, lostAt: -Infinity });
    }

    // Search again for those fields for which `isDue(place)` is true. Returns whether there were any.
    bind(isDue) {
      let any = false;
      this.places.forEach((place, i) => {
        if (!place || !isDue(place)) return;
        any = true;
        const before = place.element;
        Object.assign(place, locate(this.candidates[i], document));
        if (place.element === before) return;
        if (before && !this.places.some((other) => other?.element === before)) disown(before, this);
        if (before && !place.element) place.lostAt = now();
        if (place.element) for (const each of [place.element].flat()) own(each, this);
      });
      return any;
    }

    read() {
      const found = this.places.map((place, i) => place && readPlace(place, this.candidates[i]));
      return { symbol: this.symbol, found };
    }
  }

  // A row of a table. Tables reuse rows for other symbols, so the symbol too is read each time.
  class RowUnit {
    constructor(group, element) {
      Object.assign(this, { rule: group.rule, wanted: group.wanted, silent: group.silent, group, element });
    }

    read() {
      const { symbol, fields } = this.group.plan;
      const found = PRICES.map((price) => fields[price] && readPlace(locate(fields[price], this.element), fields[price]));
      return { symbol: readSymbol(symbol, this.element), found };
    }
  }

  // A box with a label and a value. The label decides which price the value is.
  class BoxUnit extends RowUnit {
    read() {
      const { symbol, label, value, labels } = this.group.plan;
      const [title, ...more] = find(label, this.element);
      const labelText = title && !more.length ? normalizedLabel(joined(title)) : null;
      const found = PRICES.map((price) =>
        labelText !== null && labels[price]?.some((text) => normalizedLabel(text) === labelText)
          ? readPlace(locate(value, this.element), value)
          : null);
      return { symbol: found.some(Boolean) ? (symbol.name ?? readSymbol(symbol, this.element)) : null, found };
    }
  }

  const normalizedLabel = (text) => text.replace(/\s+/g, "").replace(/:$/, "").toLowerCase();

  return { FixedUnit, RowUnit, BoxUnit };
}
