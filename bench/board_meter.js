// Runs in the board's page before its own scripts: notes when messages arrive, when frames are painted with them, and
// how long each frame takes.
globalThis.meter = (() => {
  const SCROLL_PX = 24;
  let waiting = [];
  let pixels = [];

  globalThis.WebSocket = class extends WebSocket {
    constructor(...options) {
      super(...options);
      // The first listener: the page has not read the message yet.
      this.addEventListener("message", ({ data }) => {
        if (data.includes('"board"')) {
          waiting.push(performance.now());
        }
      });
    }
  };

  const painted = new MessageChannel();
  // A message that is sent while a frame is made arrives after it has been painted.
  painted.port1.onmessage = ({ data }) => {
    const now = performance.now();
    pixels.push(...data.map((arrived) => now - arrived));
  };

  function watchRows() {
    new MutationObserver(() => {
      painted.port2.postMessage(waiting);
      waiting = [];
    }).observe(document.querySelector(".rows"), { subtree: true, characterData: true });
  }

  function load() {
    const scripts = performance.getEntriesByType("resource").filter(({ name }) => name.endsWith(".js"));
    return {
      scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      paintMs: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
    };
  }

  async function watch(seconds, isScrolling) {
    watchRows();
    const scroller = document.querySelector(".scroller");
    const frames = [];
    waiting = [];
    pixels = [];
    const end = performance.now() + seconds * 1000;
    let before = await new Promise(requestAnimationFrame);
    let direction = 1;
    while (performance.now() < end) {
      const now = await new Promise(requestAnimationFrame);
      frames.push(now - before);
      before = now;
      if (isScrolling) {
        const place = scroller.scrollTop;
        scroller.scrollTop += direction * SCROLL_PX;
        direction = scroller.scrollTop === place ? -direction : direction;
      }
    }
    return { frames, pixels };
  }

  return { load, watch };
})();
