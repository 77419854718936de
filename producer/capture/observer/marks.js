// What else the reader wants to know of: a dialog, the sign that one is logged in. `blank` marks count only while no
// price is found.
({ plan, finding: { find }, entries: { all: entries } }) => {
  const hasUrgent = plan.marks.some(({ blank }) => !blank); // those that make prices doubtful

  function seen() {
    const blank = ![...entries.values()].some(({ places }) => places.some((place) => place?.n));
    const there = ({ selector, visible }) => [...find(selector, document)].some((each) => !visible || isShown(each));
    return plan.marks.flatMap((mark, i) => ((!mark.blank || blank) && there(mark) ? [i] : []));
  }

  function isShown(element) {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  }

  return { hasUrgent, seen };
}
