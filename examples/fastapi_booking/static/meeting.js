// One meeting: look at it, move it, cancel it. The mails lead here, and so does the page that booked it.

import * as bookit from "./bookit.js";
import { busy, el, paint, say, show, tick, warn } from "./elements.js";
import { Picker } from "./picker.js";
import { homeZone, whenText } from "./times.js";

// Mailed links have the meeting's id in the query; the booking page puts a reference behind the `#`.
const wish = new URLSearchParams(location.hash.slice(1) || location.search);
const action = wish.has("cancel") ? "cancel" : "reschedule";
let reference = wish.get(action) ?? "";
let zone = homeZone();

function failed(problem) {
  if (!(problem instanceof bookit.Problem)) throw problem;
  warn(problem.title, problem.detail);
}

const when = ({ start, end }) => el("p", { className: "when" }, whenText(start, end, zone));
const actions = (...children) => el("div", { className: "actions" }, ...children);

function over(title, meeting, ...more) {
  show(title, tick(), meeting.title ? el("p", { className: "lead" }, meeting.title) : null, meeting.start ? when(meeting) : null,
    el("p", { className: "quiet" }, "A mail about it is on its way to you."), ...more);
}

function cancel({ meeting }) {
  const keep = el("button", { type: "button", onclick: () => look("reschedule") }, "Move it instead");
  const button = el("button", { type: "button", className: "danger", onclick: () => busy(button, "Canceling …", async () => {
    try {
      await bookit.cancel(reference);
      over("Your meeting is canceled", meeting, actions(el("a", { className: "button", href: "/" }, "Book another")));
    } catch (problem) { failed(problem); }
  }) }, "Cancel the meeting");
  show("Cancel this meeting?", el("p", { className: "lead" }, meeting.title ?? "Meeting"), when(meeting), actions(keep, button));
}

function reschedule(moves) {
  const { meeting } = moves;
  let chosen = null;
  const open = bookit.slotsOf(moves).filter((slot) => slot.start !== Date.parse(meeting.start));
  const stop = el("button", { type: "button", onclick: () => look("cancel") }, "Cancel it instead");
  const button = el("button", { type: "button", className: "primary", onclick: () => {
    if (!chosen) return warn("Choose a time first");
    busy(button, "Moving …", async () => {
      try {
        const moved = await bookit.reschedule({ meeting_ref: reference, slot: { start: chosen.start, end: chosen.end }, timezone: zone });
        reference = moved.meeting_ref;
        over("Your meeting has moved", moved);
      } catch (problem) {
        if (problem.error === "SlotTakenError") await look("reschedule");
        failed(problem);
      }
    });
  } }, "Move the meeting");
  const now = when(meeting);
  const picker = open.length ? new Picker(open, {
    zone,
    onzone: (name) => { zone = name; now.textContent = whenText(meeting.start, meeting.end, zone); },
    onslot: (slot) => { chosen = slot; warn(""); say(`Chosen: ${whenText(slot.start, slot.end, zone)}`); },
  }).element : el("p", {}, "There is no other open time right now.");
  show("Pick a new time", el("p", { className: "lead" }, meeting.title ?? "Meeting"), now, picker,
    actions(stop, open.length ? button : null));
}

async function look(wanted) {
  say("One moment …");
  try {
    const found = await bookit.moves(reference);
    paint(found.color);
    if (found.meeting.canceled) {
      return show("This meeting was canceled", when(found.meeting), actions(el("a", { className: "button primary", href: "/" }, "Book another")));
    }
    (wanted === "cancel" ? cancel : reschedule)(found);
  } catch (problem) {
    say("");
    failed(problem);
  }
}

look(action);
