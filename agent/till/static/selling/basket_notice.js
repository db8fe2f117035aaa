/** Says what became of the basket without the cashier's doing, until that customer has gone. */

import { on } from "../base/bus.js";
import { t } from "../base/i18n.js";
import { notice } from "../screen/notices.js";
import { play } from "../screen/sound.js";
import { isEmpty } from "./basket.js";

/** Follow the basket. */
export function startBasketNotice() {
  on("basket moved", (moved) => {
    play("warn");
    notice("moved", { tone: "warn", text: () => moved.map((text) => text()).join(" "), action: { label: () => t("moved.seen"), run: () => notice("moved", null) } });
  });
  on("basket", () => isEmpty() && notice("moved", null));
  on("session", (found) => !found && notice("moved", null));
}
