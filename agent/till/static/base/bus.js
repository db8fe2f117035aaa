/** What happened, told inside the page: modules that don't know each other meet here. */

const listeners = new Map();

/** Call `listener` each time `what` is told; returns the function that ends it. */
export function on(what, listener) {
  if (!listeners.has(what)) listeners.set(what, new Set());
  listeners.get(what).add(listener);
  return () => listeners.get(what).delete(listener);
}

/** Tell everybody who listens. */
export function tell(what, facts) {
  for (const listener of [...(listeners.get(what) ?? [])]) listener(facts);
}
