/** Running what a tap or a key asks for: one at a time, with refusals shown as the verdict. */

import { showRefusal } from "./refusals.js";

/**
 * Return a handler that runs `work` and shows the agent's refusal, if it refuses. While it runs, a
 * second tap or Enter does nothing: money is moved once.
 */
export function act(work) {
  let isRunning = false;
  return async (event) => {
    if (isRunning) return;
    isRunning = true;
    const button = event?.currentTarget;
    button?.setAttribute?.("aria-busy", "true");
    try {
      await work(event);
    } catch (error) {
      showRefusal(error);
    } finally {
      isRunning = false;
      button?.removeAttribute?.("aria-busy");
    }
  };
}
