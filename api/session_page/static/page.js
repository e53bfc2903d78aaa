// Shows the code, renews it while somebody looks at the page, and tells the outcome. Every text comes from the server.
"use strict";

const LOOK_EVERY = 2500;
const STOP_AFTER = 10 * 60 * 1000;
const room = document.getElementById("room");
const image = document.getElementById("code");
const text = document.getElementById("text");
const start = document.getElementById("start");
const base = room.dataset.base;
let since = Date.now();
let looking = 0;

document.documentElement.classList.add("scripted");

function show(state) {
  room.dataset.shown = state.shown;
  if (text.textContent !== state.text) text.textContent = state.text;
  const source = state.code ? `${base}/qr.svg?${state.code}` : "";
  if (source && image.getAttribute("src") !== source) image.src = source;
  image.hidden = !source;
  start.classList.toggle("without-script", state.shown !== "wrong_number");
}

async function ask(path, method) {
  const answer = await fetch(base + path, { method, headers: { Accept: "application/json" } });
  if (answer.ok) show(await answer.json());
}

async function look() {
  clearTimeout(looking);
  const shown = room.dataset.shown;
  if (shown === "done" || shown === "wrong_number") return;
  if (Date.now() - since > STOP_AFTER) {
    start.classList.remove("without-script");
    return;
  }
  if (!document.hidden) {
    try {
      await ask("/state", "GET");
      if (["loading", "trouble"].includes(room.dataset.shown)) await ask("/code", "POST");
    } catch {
      // The next look tries again: phones lose their network for a moment.
    }
  }
  looking = setTimeout(look, LOOK_EVERY);
}

start.addEventListener("submit", async (event) => {
  event.preventDefault();
  since = Date.now();
  try {
    await ask("/code", "POST");
  } finally {
    look();
  }
});
document.addEventListener("visibilitychange", look);
look();
