// The page's clock. Its two sources go apart when the machine sleeps or its clock is set.
() => {
  const MAX_SKEW_MS = 100;

  const now = () => performance.now();
  let origin = performance.timeOrigin;
  const unixUs = () => Math.round((origin + now()) * 1000);

  function set() {
    const skew = Date.now() - (origin + now());
    if (Math.abs(skew) > MAX_SKEW_MS) origin += skew;
  }

  return { now, unixUs, set };
}
