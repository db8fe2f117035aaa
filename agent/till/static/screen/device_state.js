/** How a device stands, in a word. */

import { knows, t } from "../base/i18n.js";

/** Return how a device stands in a word: its first fault, or its state. */
export function stateText(device) {
  const fault = device.faults?.[0];
  return fault && knows(`fault.${fault}`) ? t(`fault.${fault}`) : t(`device.${device.state}`);
}
