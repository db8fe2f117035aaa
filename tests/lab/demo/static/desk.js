// The desk: shows the buttons that the demo has, and presses them.

const byId = (id) => document.getElementById(id);

async function press(name) {
  const answer = await fetch("/press", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ button: name }),
  });
  byId("told").textContent = answer.ok ? (await answer.json()).told : `HTTP ${answer.status}`;
}

function show({ buttons, till, printer, people }) {
  byId("till").href = till;
  byId("printer").src = printer;
  byId("people").textContent = people.join("  ·  ");
  for (const group of new Set(buttons.map((button) => button.group))) {
    const heading = document.createElement("h2");
    heading.textContent = group;
    byId("buttons").append(heading);
    for (const { name, label } of buttons.filter((button) => button.group === group)) {
      const button = document.createElement("button");
      button.textContent = label;
      button.addEventListener("click", () => press(name));
      byId("buttons").append(button);
    }
  }
}

show(await (await fetch("/desk")).json());
