// The phone of the demo. The server renders everything; this script sends what is typed or spoken, and whenever the
// simulator says that something happened it fetches the living parts again and exchanges those that changed.

import { Recorder, Refused, base64 } from "./recorder.js";

const { phone, of, name } = document.body.dataset;
const words = JSON.parse(document.getElementById("words").textContent);
const wall = document.getElementById("wall");
const thread = document.querySelector(".thread");
const composer = document.getElementById("composer");
const message = document.getElementById("message");
const notice = document.getElementById("notice");

// ---- Keeping the page fresh -------------------------------------------------------------------------------------

const BUSY_MS = 700;
const CALM_MS = 6000;
const liveAddress = `/demo/live?${new URLSearchParams({ as: phone, of })}`;
const asRendered = new WeakMap(); // element -> the HTML that the server gave it, whatever the page did to it since
let fetching = false;
let fetchAgain = false;
let timer;

async function refresh() {
  if (fetching) {
    fetchAgain = true;
    return;
  }
  fetching = true;
  clearTimeout(timer);
  try {
    const answer = await fetch(liveAddress);
    if (!answer.ok) throw new Error(answer.statusText);
    show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (notice.dataset.kind === "lost") say("");
  } catch {
    say(words.lost, "lost");
  }
  fetching = false;
  if (fetchAgain) {
    fetchAgain = false;
    refresh();
  } else {
    timer = setTimeout(refresh, thread.dataset.idle === "false" ? BUSY_MS : CALM_MS);
  }
}

function show(fresh) {
  const followsEnd = wall.scrollHeight - wall.scrollTop - wall.clientHeight < 160;
  for (const part of fresh.querySelectorAll("[data-live]")) {
    const place = document.querySelector(`[data-live="${part.dataset.live}"]`);
    if (part.dataset.idle) place.dataset.idle = part.dataset.idle;
    exchange(place, part);
  }
  if (followsEnd) scrollToEnd();
}

/** Makes the children of `place` those of `fresh`, matched by id; children that did not change are not touched. */
function exchange(place, fresh) {
  const known = new Map([...place.children].map((child) => [child.id, child]));
  let cursor = place.firstElementChild;
  for (const wanted of [...fresh.children]) {
    let child = known.get(wanted.id);
    known.delete(wanted.id);
    if (!child || asRendered.get(child) !== wanted.outerHTML) {
      const html = wanted.outerHTML;
      const renewed = document.importNode(wanted, true);
      asRendered.set(renewed, html);
      if (child) {
        keepOpen(child, renewed);
        if (cursor === child) cursor = renewed;
        child.replaceWith(renewed);
      }
      child = renewed;
    }
    if (child === cursor) cursor = cursor.nextElementSibling;
    else place.insertBefore(child, cursor);
  }
  for (const gone of known.values()) if (!gone.classList.contains("pending")) gone.remove();
}

function keepOpen(before, after) {
  for (const details of after.querySelectorAll("details[id]")) {
    const earlier = before.querySelector(`#${CSS.escape(details.id)}`);
    if (earlier?.dataset.touched) {
      details.open = earlier.open;
      details.dataset.touched = "1";
    }
  }
}

function scrollToEnd() {
  wall.scrollTop = wall.scrollHeight;
}

function say(text, kind = "") {
  notice.textContent = text;
  notice.dataset.kind = kind;
  notice.hidden = !text;
}

// ---- Sending ----------------------------------------------------------------------------------------------------

let queue = Promise.resolve(); // one message after another, in the order typed, however fast

function send(content, shown = `🎤 ${words.chat.voice}`) {
  const id = `web-${crypto.randomUUID ? crypto.randomUUID() : Math.random().toString(36).slice(2)}`;
  const bubble = pendingBubble(id, content.text ?? shown);
  const body = JSON.stringify({ from: phone, name, message_id: id, ...content });
  queue = queue.then(() => deliver(bubble, body));
}

async function deliver(bubble, body) {
  bubble.classList.remove("failed");
  try {
    const answer = await fetch("/simulator/inbound", { method: "POST", headers: { "Content-Type": "application/json" }, body });
    if (!answer.ok) throw new Error(answer.statusText);
    thread.dataset.idle = "false";
  } catch {
    bubble.classList.add("failed");
    bubble.querySelector(".meta").textContent = words.chat.not_sent;
    bubble.addEventListener("click", () => (queue = queue.then(() => deliver(bubble, body))), { once: true });
  }
  refresh();
}

function pendingBubble(id, text) {
  const bubble = document.createElement("li");
  bubble.id = `m-${id}`;
  bubble.className = "bubble mine pending";
  bubble.append(element("p", "text", text), element("span", "meta", words.chat.pending));
  document.getElementById("empty")?.remove();
  for (const options of thread.querySelectorAll(".options")) options.remove();
  thread.append(bubble);
  scrollToEnd();
  return bubble;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function sendTyped() {
  const text = message.value.trim();
  if (!text) return;
  message.value = "";
  fitComposer();
  send({ text });
}

function fitComposer() {
  message.style.height = "auto";
  message.style.height = `${message.scrollHeight}px`;
  const written = message.value.trim() !== "";
  document.getElementById("send").hidden = !written && !recorder;
  document.getElementById("record").hidden = written || Boolean(recorder);
}

document.getElementById("file").addEventListener("change", async ({ target }) => {
  const [chosen] = target.files;
  target.value = "";
  if (!chosen) return;
  const file = { filename: chosen.name, mimetype: chosen.type || "application/octet-stream" };
  const content = await base64(chosen);
  if (chosen.type.startsWith("audio/")) send({ audio: content, ...file });
  else send({ file: content, ...file }, `📎 ${chosen.name}`);
});

// ---- Voice ------------------------------------------------------------------------------------------------------

const SHORTEST_MS = 700;
let recorder = null;

async function startRecording() {
  say("");
  try {
    recorder = await Recorder.start((milliseconds, level) => {
      const seconds = Math.floor(milliseconds / 1000);
      document.getElementById("recording-time").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
      document.getElementById("recording-level").style.transform = `scaleX(${level})`;
    });
  } catch (error) {
    const refused = error instanceof Refused && error.reason === "unsupported";
    say(refused ? words.chat.voice_unsupported : words.chat.voice_refused);
    return;
  }
  showRecording(true);
}

async function endRecording(keep) {
  const { audio, mimetype, milliseconds } = await recorder.stop();
  recorder = null;
  showRecording(false);
  if (!keep) return;
  if (milliseconds < SHORTEST_MS) say(words.chat.voice_too_short);
  else send({ audio, mimetype });
}

function showRecording(on) {
  composer.classList.toggle("recording", on);
  composer.querySelector(".record").hidden = !on;
  composer.querySelector(".write").hidden = on;
  document.getElementById("send").setAttribute("aria-label", on ? words.chat.send_recording : words.chat.send);
  fitComposer();
  (on ? document.getElementById("send") : message).focus();
}

function playVoice(voice) {
  let audio = voice.audio;
  if (!audio) {
    audio = voice.audio = new Audio(voice.dataset.voice);
    const bars = voice.querySelectorAll(".wave i");
    audio.ontimeupdate = () => {
      const length = Number.isFinite(audio.duration) ? audio.duration : 0;
      const heard = length ? Math.ceil((audio.currentTime / length) * bars.length) : 0;
      bars.forEach((bar, place) => bar.classList.toggle("heard", place < heard));
      voice.querySelector(".length").textContent = `0:${String(Math.floor(audio.currentTime)).padStart(2, "0")}`;
    };
    audio.onplay = audio.onpause = audio.onended = () => voice.classList.toggle("playing", !audio.paused && !audio.ended);
  }
  audio.paused ? audio.play() : audio.pause();
}

// ---- What fingers do --------------------------------------------------------------------------------------------

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (recorder) endRecording(true);
  else sendTyped();
});
message.addEventListener("input", fitComposer);
message.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    sendTyped();
  }
});
document.getElementById("record").addEventListener("click", startRecording);
document.getElementById("cancel-recording").addEventListener("click", () => endRecording(false));

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-say], [data-fill], [data-voice] button, [data-open], [data-close], #theme");
  if (!target) return;
  if (target.dataset.say) send({ text: target.dataset.say });
  else if (target.dataset.fill) fill(target.dataset.fill);
  else if (target.dataset.open) openDrawer(target);
  else if ("close" in target.dataset) closeDrawers();
  else if (target.id === "theme") changeTheme();
  else playVoice(target.closest("[data-voice]"));
});
document.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) summary.parentElement.dataset.touched = "1"; // opened or closed by hand: it stays so
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeDrawers();
});

function fill(text) {
  message.value = text;
  fitComposer();
  message.focus();
  message.setSelectionRange(text.length, text.length);
}

document.querySelector(".suggestions").addEventListener("wheel", (event) => {
  if (!event.deltaX) event.currentTarget.scrollLeft += event.deltaY; // a mouse has one wheel
}, { passive: true });

let opener = null;

function openDrawer(button) {
  opener = button;
  button.setAttribute("aria-expanded", "true");
  document.body.dataset.drawer = button.dataset.open;
  document.querySelector(`#${button.dataset.open} [data-close]`).focus();
}

function closeDrawers() {
  delete document.body.dataset.drawer;
  opener?.setAttribute("aria-expanded", "false");
  opener?.focus();
  opener = null;
}

function changeTheme() {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/demo; max-age=31536000; samesite=strict`;
}

// ---- Start ------------------------------------------------------------------------------------------------------

for (const child of document.querySelectorAll("[data-live] > *")) asRendered.set(child, child.outerHTML);
const events = new EventSource(`/simulator/phones/${encodeURIComponent(phone)}/events`);
events.onopen = events.onmessage = refresh;
for (const kind of ["message", "typing", "status", "idle"]) events.addEventListener(kind, refresh);
addEventListener("pagehide", () => events.close());
fitComposer();
scrollToEnd();
if (matchMedia("(min-width: 821px)").matches) message.focus();
