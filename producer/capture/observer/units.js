// Units. `look()` returns the symbol (null: none) and what is found for ask, bid and last (null: not its job).
({
  PRICES,
  clock: { now },
  finding: { find },
  reading: { joined },
  places: { locate, shown, symbolIn, isSilent },
  owners: { own, disown },
}) => {
  // A fixed symbol. Its elements are kept, since finding them again may mean to search the whole document.
  class FixedUnit {
    constructor({ rule, symbol, fields, poll }) {
      this.rule = rule;
      this.symbol = symbol;
      this.candidates = PRICES.map((price) => fields[price] ?? null);
      this.wanted = this.candidates.map(Boolean);
      this.silent = poll || this.candidates.some((candidates) => candidates && isSilent(candidates));
      this.places = this.candidates.map((candidates) => candidates && { n: 0, c: 0, element: null, lostAt: -Infinity });
    }

    // Find again those fields for which `due(place)` holds. Returns whether there were any.
    bind(due) {
      let any = false;
      this.places.forEach((place, i) => {
        if (!place || !due(place)) return;
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

    look() {
      const found = this.places.map((place, i) => place && shown(place, this.candidates[i]));
      return { symbol: this.symbol, found };
    }
  }

  // A row of a table. Rows are recycled, so the symbol too is read each time.
  class RowUnit {
    constructor(group, element) {
      Object.assign(this, { rule: group.rule, wanted: group.wanted, silent: group.silent, group, element });
    }

    look() {
      const { symbol, fields } = this.group.plan;
      const found = PRICES.map((price) => fields[price] && shown(locate(fields[price], this.element), fields[price]));
      return { symbol: symbolIn(symbol, this.element), found };
    }
  }

  // A box with a label and a value. Its label says which price the value is.
  class BoxUnit extends RowUnit {
    look() {
      const { symbol, label, value, labels } = this.group.plan;
      const [title, ...more] = find(label, this.element);
      const says = title && !more.length ? squeezed(joined(title)) : null;
      const found = PRICES.map((price) =>
        says !== null && labels[price]?.some((text) => squeezed(text) === says)
          ? shown(locate(value, this.element), value)
          : null);
      return { symbol: found.some(Boolean) ? (symbol.name ?? symbolIn(symbol, this.element)) : null, found };
    }
  }

  const squeezed = (text) => text.replace(/\s+/g, "").replace(/:$/, "").toLowerCase();

  return { FixedUnit, RowUnit, BoxUnit };
}
