// Shows the virtual printer's receipts and turns its knobs.

const state = document.getElementById("state");
const drawer = document.getElementById("drawer");
const receipts = document.getElementById("receipts");

for (const button of document.querySelectorAll("button[data-knob]")) {
  button.addEventListener("click", () => turn(button.dataset.knob));
}

const news = new EventSource("/news");
news.onmessage = (message) => show(JSON.parse(message.data));
news.onerror = () => tell("连不上虚拟打印机 · the virtual printer does not run", false);

async function turn(knob) {
  await fetch("/knobs", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ knob }),
  });
}

function show(printer) {
  tell(printer.troubles.join(" · ") || "就绪 · ready", printer.troubles.length === 0);
  drawer.textContent = `钱箱 drawer: ${printer.drawer_open ? "打开 open" : "关闭 closed"} · `
    + `开启 ${printer.openings.length} 次 · ${printer.openings.slice(-3).map(time).join(" ")}`
    + (printer.unknown ? ` · 未知命令 unknown commands: ${printer.unknown}` : "");
  receipts.replaceChildren(...printer.receipts.map(figure));
}

function tell(words, well) {
  state.textContent = words;
  state.dataset.well = well;
}

function figure(receipt) {
  const picture = document.createElement("img");
  picture.src = receipt.picture;
  picture.alt = receipt.text;
  const caption = document.createElement("figcaption");
  caption.textContent = `#${receipt.number} ${time(receipt.at)} ${receipt.cut ? "" : "未切 not cut"}`;
  const whole = document.createElement("figure");
  whole.dataset.cut = receipt.cut;
  whole.append(caption, picture);
  return whole;
}

function time(at) {
  return new Date(at).toLocaleTimeString();
}
