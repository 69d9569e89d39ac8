// Making elements, and the parts of the page that every step has: heading, alert, status.

import { t } from "./texts.js";

const SLOW = 5_000;

export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && name !== "form") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const place = (id) => document.getElementById(id);
const brand = place("brand").textContent;

// Show a step, and bring the keyboard and the screen reader to its heading.
export function show(title, ...children) {
  const heading = el("h2", { tabIndex: -1 }, title);
  place("step").replaceChildren(heading, ...children.flat().filter(Boolean));
  place("step").removeAttribute("aria-busy");
  place("status").textContent = "";
  document.title = `${title} · ${brand}`;
  heading.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
}

// While nothing is known yet: the shape of what comes.
export function waiting() {
  const line = (kind) => el("div", { className: `bone ${kind}` });
  place("step").setAttribute("aria-busy", "true");
  place("step").replaceChildren(line("head"), line(""), line(""), line("half"));
  say(t("wait"));
}

// The buttons of a step; what goes on is told above them, too, where it is seen.
export const actions = (...children) =>
  el("div", { className: "actions" }, el("p", { className: "told", ariaHidden: "true" }), ...children);

// Show that something went well: a tick beside the heading.
export function celebrate(title, ...children) {
  show(title, ...children);
  place("step").querySelector("h2").prepend(el("span", { className: "tick", ariaHidden: "true" }, "✓"));
}

export const link = (text, href, more = "") => el("a", { className: `button ${more}`, href }, text);

// Tell who listens; who looks sees it too, unless it stands elsewhere already.
export function say(text, { seen = false } = {}) {
  const told = document.querySelector(".told");
  if (told) told.textContent = seen ? "" : text;
  place("status").classList.toggle("unseen", seen || Boolean(told));
  place("status").textContent = text;
}

export function warn(title, detail = "", items = []) {
  const list = items.length ? el("ul", {}, items.map((item) => el("li", {}, item))) : null;
  place("alert").replaceChildren(
    ...(title ? [el("div", { className: "warning" }, el("strong", {}, title), detail ? el("p", {}, detail) : null, list)] : []),
  );
  if (title) place("alert").scrollIntoView({ block: "nearest" });
}

export const working = () => document.querySelector('[aria-disabled="true"]') !== null;

// Run what a button starts: once at a time, with words for who cannot see the button, and more of them when it is slow.
// Nothing else can be pressed meanwhile.
export async function busy(button, words, work) {
  if (working()) return;
  const others = [...document.querySelectorAll("#step button")].filter((one) => one !== button && !one.disabled);
  button.setAttribute("aria-disabled", "true");
  for (const one of others) one.disabled = true;
  const label = button.textContent;
  button.textContent = words;
  warn("");
  say(words);
  const slow = setTimeout(() => say(t("slow")), SLOW);
  try {
    await work();
  } finally {
    clearTimeout(slow);
    button.textContent = label;
    button.removeAttribute("aria-disabled");
    for (const one of others) one.disabled = false;
    say("");
  }
}

function brightness(colour) {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [dark, light] = [brightness(one), brightness(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

// The colour of the meeting type, with letters on it that can be read, and an edge where the ground is much the same.
export function paint(colour) {
  if (!/^#[0-9a-f]{6}$/i.test(colour ?? "")) return;
  const edge = (ground, line) => (contrast(colour, ground) < 3 ? line : colour);
  const { style } = document.documentElement;
  style.setProperty("--accent", colour);
  style.setProperty("--on-accent", contrast(colour, "#ffffff") < 4.5 ? "#0b0f14" : "#ffffff");
  style.setProperty("--edge", `light-dark(${edge("#ffffff", "#5c6b7e")}, ${edge("#161b22", "#8a97a8")})`);
}

// A host by initials: no picture is fetched from elsewhere.
export const face = (name) => el("span", { className: "face", ariaHidden: "true" },
  name.split(/\s+/).filter(Boolean).map((word) => [...word][0]).slice(0, 2).join("").toUpperCase());
