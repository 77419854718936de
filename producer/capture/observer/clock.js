// The page's clock: monotonic milliseconds, and Unix microseconds that follow the machine's clock.
() => {
  const MAX_SKEW_MS = 100; // performance.now() and Date.now() drift apart when the machine sleeps or its clock is set

  const now = () => performance.now();
  let origin = performance.timeOrigin;
  const unixUs = () => Math.round((origin + now()) * 1000);

  function synchronize() {
    const skew = Date.now() - (origin + now());
    if (Math.abs(skew) > MAX_SKEW_MS) origin += skew;
  }

  return { now, unixUs, synchronize };
}
