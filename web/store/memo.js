// Keeps what was computed from an object as long as that object exists.

/**
 * Return `compute`, computed once for each object: the state is never changed in place, so the same
 * object has the same result.
 * @template {object} Source
 * @template Result
 * @param {(source: Source) => Result} compute
 * @returns {(source: Source) => Result}
 */
export function memoized(compute) {
  /** @type {WeakMap<Source, {result: Result}>} */
  const kept = new WeakMap();
  return (source) => {
    let found = kept.get(source);
    if (!found) {
      found = { result: compute(source) };
      kept.set(source, found);
    }
    return found.result;
  };
}
