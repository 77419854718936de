// Returns what may be between a visitor and the prices of a page: a dialog over it, tabs that are not open, choices, and
// what lies outside the window. `hints_of` in obstacles.py reads the text.
() => {
  const MAX_TEXT = 30; // characters; a longer text is not the name of a button or a tab
  const MAX_FOUND = 6;
  const BUTTON = "button, a, [role=button], input[type=button], input[type=submit]";
  const CONSENT = /^(?:yes,? )?(?:i )?(?:accept|agree|allow|ok$|okay|got it|continue|understand|consent|enter|akzept|alle akzept|zustimm|einverstanden|accepte|tout accepte|j.accepte|aceptar|acepto|accett|aceitar|akkoord|alles accept|zgadzam|godk|hyv|同意|接受|确定|確定|동의)/i;
  const CLOSE = /^(?:×|✕|✖|x|close|dismiss|no thanks|not now|later|schließen|fermer|cerrar|chiudi|fechar|关闭|關閉|閉じる)$/i;

  function* everywhere(root) {
    for (const element of root.querySelectorAll("*")) {
      yield element;
      if (element.shadowRoot) yield* everywhere(element.shadowRoot);
    }
  }

  // The first line: no selector finds a text across lines.
  const textOf = (element) => (element.innerText || element.value || element.getAttribute("aria-label") || "").trim().split(/\s*\n/)[0];
  const optionOf = (option) => option.label || option.value;
  const isShown = (element) => element.checkVisibility?.({ visibilityProperty: true, opacityProperty: true }) ?? true;

  // A name for a selector that is likely to be there on the next visit.
  function selectorOf(element) {
    if (element.id && !/\d/.test(element.id)) return `#${CSS.escape(element.id)}`;
    const name = element.getAttribute("name");
    if (name) return `${element.localName}[name=${CSS.escape(name)}]`;
    const token = [...element.classList].find((each) => /^[a-z][a-z_-]{2,}$/i.test(each));
    return token ? `.${token}` : element.localName;
  }

  function isOver(element) {
    if (element.matches("[role=dialog], [role=alertdialog], [aria-modal=true], dialog[open]")) return true;
    const { position } = getComputedStyle(element);
    if (position !== "fixed" && position !== "sticky") return false;
    const { width, height } = element.getBoundingClientRect();
    return width > innerWidth * 0.2 && height > 40;
  }

  function consentOf(dialog) {
    const buttons = [...everywhere(dialog)].filter((each) => each.matches(BUTTON) && isShown(each) && textOf(each) && textOf(each).length <= MAX_TEXT);
    return buttons.find((each) => CONSENT.test(textOf(each))) ?? buttons.find((each) => CLOSE.test(textOf(each)));
  }

  function scrolls(element) {
    const { overflowY } = getComputedStyle(element);
    return /auto|scroll/.test(overflowY) && element.clientHeight > 60 && element.scrollHeight > element.clientHeight * 1.2;
  }

  const shown = [...everywhere(document)].filter(isShown);
  const closers = new Set(shown.filter(isOver).map(consentOf).filter(Boolean));
  const tabs = shown.filter((each) => each.matches("[role=tab]:not([aria-selected=true]), .nav-tabs a:not(.active), .tabs > a:not(.active), .tabs > button:not(.active)"));
  const boxes = shown.filter((each) => each !== document.documentElement && each !== document.body && scrolls(each));
  const page = document.scrollingElement ?? document.documentElement;
  return JSON.stringify({
    closers: [...closers].slice(0, MAX_FOUND).map((each) => ({ text: textOf(each), selector: selectorOf(each) })),
    tabs: [...new Set(tabs.map(textOf))].filter((text) => text && text.length <= MAX_TEXT).slice(0, MAX_FOUND),
    choices: shown.filter((each) => each.localName === "select" && each.options.length > 1).slice(0, MAX_FOUND)
      .map((each) => ({ selector: selectorOf(each), options: [...each.options].slice(0, MAX_FOUND).map(optionOf) })),
    boxes: boxes.sort((a, b) => b.scrollHeight - a.scrollHeight).slice(0, 1).map(selectorOf),
    height: page.scrollHeight,
    window: [innerWidth, innerHeight],
  });
}
