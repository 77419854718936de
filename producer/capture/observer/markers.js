// Markers: elements besides prices that the program wants to know of, such as a dialog or the sign of a login. A
// `blank` marker counts only while the page shows no price.
({ plan, selector_engine: { find }, entries: { all: entries } }) => {
  const hasUrgent = plan.marks.some(({ blank }) => !blank); // markers that make prices doubtful

  // The indexes of the markers that are on the page.
  function present() {
    const blank = ![...entries.values()].some(({ places }) => places.some((place) => place?.n));
    const isThere = ({ selector, visible }) => [...find(selector, document)].some((each) => !visible || isVisible(each));
    return plan.marks.flatMap((marker, i) => ((!marker.blank || blank) && isThere(marker) ? [i] : []));
  }

  function isVisible(element) {
    const { width, height } = element.getBoundingClientRect();
    return width > 0 && height > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  }

  return { hasUrgent, present };
}
