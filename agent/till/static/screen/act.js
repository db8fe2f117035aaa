/** Running what a tap or a key asks for: one at a time, with refusals shown as the verdict. */

import { showRefusal } from "./refusals.js";

/** Return a handler that runs `work` and shows the agent's refusal, if it refuses. */
export function act(work) {
  return async (event) => {
    const button = event?.currentTarget;
    if (button?.getAttribute?.("aria-busy") === "true") return;
    button?.setAttribute?.("aria-busy", "true");
    try {
      await work(event);
    } catch (error) {
      showRefusal(error);
    } finally {
      button?.removeAttribute?.("aria-busy");
    }
  };
}
