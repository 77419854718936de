// The rules of the plan, each with its units: fixed symbols, and groups of rows or boxes, which come and go.
({
  plan,
  PRICES,
  selector_engine: { find },
  places: { isSilent },
  invalidation: { dirty, moved, own, disown },
  units: { FixedUnit, RowUnit, BoxUnit },
}) => {
  const MAX_UNITS = 5001; // of a rule: one more than a feed may have symbols, so that the program refuses the last one

  class Group {
    constructor(plan) {
      this.plan = plan;
      this.rule = plan.rule;
      this.query = plan.rows ?? plan.box;
      this.units = new Map(); // element -> unit
      const fields = plan.fields ?? Object.fromEntries(Object.keys(plan.labels).map((price) => [price, plan.value]));
      this.wanted = PRICES.map((price) => Boolean(fields[price]));
      this.silent = plan.poll || Object.values(fields).some(isSilent);
    }

    // Add units for new elements, and remove the units of elements that are gone.
    bind() {
      const found = new Set(Array.prototype.slice.call(find(this.query, document), 0, MAX_UNITS));
      for (const [element, unit] of this.units) {
        if (found.has(element)) continue;
        this.units.delete(element);
        disown(element, unit);
        if (unit.entry) moved.add(unit.entry);
        unit.entry?.units.delete(unit);
        dirty.delete(unit);
      }
      for (const element of found) {
        if (this.units.has(element)) continue;
        const unit = this.plan.kind === "table" ? new RowUnit(this, element) : new BoxUnit(this, element);
        this.units.set(element, unit);
        own(element, unit);
        dirty.add(unit);
      }
    }
  }

  const fixed = plan.rules.filter(({ kind }) => kind === "symbol").map((rule) => new FixedUnit(rule));
  const groups = plan.rules.filter(({ kind }) => kind !== "symbol").map((rule) => new Group(rule));
  fixed.forEach((unit) => dirty.add(unit));
  const units = () => [...fixed, ...groups.flatMap((group) => [...group.units.values()])];

  return { fixed, groups, units };
}
