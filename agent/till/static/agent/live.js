/** News by WebSocket: connects, re-connects with a growing pause, tells each message on the bus. */

import { on, tell } from "../base/bus.js";

const ADDRESS = "/api/v1/events";
const FIRST_WAIT_MS = 300;
const LONGEST_WAIT_MS = 5000;
/** Close code of the agent: the session has ended or is locked. */
const SIGNED_OUT = 4401;
/** The same, because somebody signed in at another window of this till. */
const SIGNED_IN_ELSEWHERE = 4409;

let socket = null;
let attempt = 0;
let wanted = false;
let timer = 0;

/** Whether news come by themselves just now; otherwise one has to ask. */
export function isLive() {
  return socket?.readyState === WebSocket.OPEN;
}

/** Connect, and stay connected. */
export function goLive() {
  wanted = true;
  connect();
}

/** Disconnect: nobody is signed in. */
export function goQuiet() {
  wanted = false;
  clearTimeout(timer);
  socket?.close();
}

on("agent back", () => {
  attempt = 0;
  if (wanted) connect();
});

function connect() {
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const opened = new WebSocket(`${scheme}://${location.host}${ADDRESS}`);
  socket = opened;
  opened.addEventListener("open", () => {
    attempt = 0;
    tell("live");
  });
  opened.addEventListener("message", (event) => {
    const message = JSON.parse(event.data);
    tell(`news ${message.topic}`, message.facts);
  });
  opened.addEventListener("close", ({ code }) => {
    if (socket !== opened) return;
    socket = null;
    tell("not live");
    if (code === SIGNED_OUT || code === SIGNED_IN_ELSEWHERE) {
      wanted = false;
      tell("news session", { elsewhere: code === SIGNED_IN_ELSEWHERE });
    } else if (wanted) again();
  });
}

function again() {
  clearTimeout(timer);
  const wait = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS);
  attempt += 1;
  timer = setTimeout(connect, wait * (0.5 + Math.random() / 2));
}
