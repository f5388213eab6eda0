// Of the windows of one browser, one does what must be done once: the one that holds a lock.

/**
 * Call `begin` once this window holds the lock of that name. Return what gives the lock up, or
 * stops waiting for it; then `end` is called if `begin` was. Without locks (plain http) each window
 * does it: the caller must stand that.
 * @param {string} name
 * @param {() => void} begin
 * @param {() => void} [end]
 * @returns {() => void}
 */
export function whileLeading(name, begin, end = () => {}) {
  if (!navigator.locks) {
    begin();
    return end;
  }
  const waiting = new AbortController();
  let release = () => {};
  const hold = () => {
    if (waiting.signal.aborted) return undefined;
    begin();
    return new Promise((/** @type {(value: void) => void} */ resolve) => {
      release = () => {
        release = () => {};
        end();
        resolve();
      };
    });
  };
  navigator.locks.request(name, { signal: waiting.signal }, hold).catch(() => {});
  return () => {
    waiting.abort();
    release();
  };
}
