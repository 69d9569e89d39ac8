// The booking page: who are you, when, how to reach you, done. Every step is an entry in the browser's history.

import * as bookit from "./bookit.js";
import { busy, el, paint, say, show, tick, warn } from "./elements.js";
import { bookingFields, inWords, prospectFields } from "./forms.js";
import { Picker } from "./picker.js";
import { homeZone, whenText } from "./times.js";

const NODE = "New Webform Prospect";
const LINK = new URLSearchParams(location.search).get("link");
const KEPT = `booking ${LINK ?? ""}`;

const state = { prospect: {}, offer: null, slot: null, said: {}, booking: null, zone: homeZone() };

// What a reload needs to go on. The offer id says nothing to who reads it, and goes with the tab.
const keep = () => sessionStorage.setItem(KEPT, JSON.stringify({ offer_id: state.offer.offer_id, zone: state.zone }));
const forget = () => sessionStorage.removeItem(KEPT);

function go(step, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"]({ step }, "");
  STEPS[step]();
}

function failed(problem) {
  if (!(problem instanceof bookit.Problem)) throw problem;
  if (problem.booking) return booked(problem.booking);
  if (problem.error === "TokenSpentError") {
    forget();
    return go("spent", { replace: true });
  }
  if (["ReferenceExpiredError", "ReferenceInvalidError"].includes(problem.error)) {
    forget();
    state.offer = state.slot = null;
    begin();
  }
  if (problem.error === "InvalidInputError") return warn("Please check what you wrote", "", inWords(problem.problems));
  warn(problem.title, problem.detail);
}

function offered(offer) {
  state.offer = offer;
  paint(offer.color);
  keep();
}

function booked(booking) {
  state.booking = booking;
  forget();
  go("done", { replace: true });
}

function routed(outcome) {
  if (outcome.outcome === "redirect") return location.assign(outcome.url);
  if (outcome.outcome === "booked") return booked(outcome.booking);
  if (outcome.outcome !== "offer") return go("fallback");
  offered(outcome.offer);
  go("time");
}

async function who() {
  const { inputs } = await bookit.inputs(NODE);
  const fields = prospectFields(inputs, state.prospect);
  const button = el("button", { className: "primary" }, "See open times");
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault();
    busy(button, "Looking for open times …", async () => {
      state.prospect = fields.values();
      try {
        routed(await bookit.offer({ trigger_node: NODE, prospect: state.prospect }));
      } catch (problem) { failed(problem); }
    });
  } }, el("div", { className: "fields" }, fields.elements), el("div", { className: "actions" }, button));
  show("About you", form);
}

function about() {
  const { meeting_type, minutes, hosts, description } = state.offer;
  const names = hosts.map((host) => host.name);
  const team = names.length > 2 ? `one of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}` : names.join(" or ");
  return el("div", { className: "about" },
    el("p", { className: "lead" }, meeting_type ?? "Meeting"),
    el("p", { className: "quiet" }, [minutes && `${minutes} minutes`, team && `with ${team}`].filter(Boolean).join(", ")),
    description ? el("p", { className: "quiet" }, description) : null);
}

function time() {
  const next = el("button", { type: "button", className: "primary", onclick: () => {
    if (state.slot) return go("details");
    warn("Choose a time first");
  } }, "Continue");
  const picker = new Picker(bookit.slotsOf(state.offer), {
    zone: state.zone,
    chosen: state.slot,
    onzone: (zone) => { state.zone = zone; keep(); },
    onslot: (slot) => { state.slot = slot; warn(""); say(`Chosen: ${whenText(slot.start, slot.end, state.zone)}`); },
  });
  show("Pick a time", about(), picker.element, el("div", { className: "actions" }, next));
}

function details() {
  const { offer, slot } = state;
  const fields = bookingFields(offer.form_fields, state.said);
  const button = el("button", { className: "primary" }, "Book");
  const back = el("button", { type: "button", onclick: () => history.back() }, "Another time");
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault();
    state.said = fields.said();
    busy(button, "Booking …", async () => {
      try {
        const wanted = { offer_id: offer.offer_id, slot, pooled: offer.pooled, timezone: state.zone, ...fields.values() };
        booked(await bookit.book(wanted));
      } catch (problem) {
        if (problem.error === "SlotTakenError") return lost(problem);
        failed(problem);
        fields.mark(problem.problems ?? []);
      }
    });
  } }, el("div", { className: "fields" }, fields.elements), el("div", { className: "actions" }, back, button));
  show("Your details", about(), el("p", { className: "when" }, whenText(slot.start, slot.end, state.zone)), form);
}

function lost(problem) {
  state.slot = null;
  if (!problem.offer) return go("fallback", { replace: true });
  offered(problem.offer);
  go("time", { replace: true });
  warn("Someone was faster", "That time was taken just now. Nothing was booked: choose another one.");
}

function done() {
  const { booking } = state;
  const link = (action, text) => el("a", { className: "button", href: `/meeting#${action}=${booking.meeting_ref}` }, text);
  show("You are booked", tick(),
    el("p", { className: "lead" }, booking.meeting_type ?? "Meeting"),
    el("p", { className: "when" }, whenText(booking.start, booking.end, state.zone)),
    booking.host ? el("p", {}, `With ${booking.host.name}.`) : null,
    el("p", { className: "quiet" }, "A confirmation is on its way to you by mail."),
    el("div", { className: "actions" }, link("cancel", "Cancel"), link("reschedule", "Reschedule"),
      booking.redirect_url ? el("a", { className: "button primary", href: booking.redirect_url }, "Continue") : null));
}

const spent = () => show("Already booked",
  el("p", {}, "A meeting was booked with this page before. The mail about it says when it is, and how to move or cancel it."),
  el("div", { className: "actions" }, el("a", { className: "button primary", href: location.pathname + location.search }, "Book another")));

const fallback = () => show("Let us get back to you",
  el("p", {}, "There is no time to offer right now. Write to us, and we will find one together."),
  el("div", { className: "actions" }, el("a", { className: "button primary", href: "mailto:hello@northwind.example" }, "Write to us")));

const STEPS = { who, time, details, done, spent, fallback };

addEventListener("popstate", (event) => {
  warn("");
  const step = event.state?.step ?? "who";
  if (state.booking) return done();
  if (state.offer && step === "details" && state.slot) return details();
  if (state.offer && (step !== "who" || LINK)) return time();
  begin();
});

async function begin() {
  say("One moment …");
  try {
    if (!LINK) {
      history.replaceState({ step: "who" }, "");
      return await who();
    }
    const outcome = await bookit.offer({ link_id: LINK });
    if (outcome.outcome !== "offer") return go("fallback", { replace: true });
    offered(outcome.offer);
    go("time", { replace: true });
  } catch (problem) {
    say("");
    failed(problem);
  }
}

// After a reload: the offer tells whether its booking has gone through.
async function resume() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept) return begin();
  state.zone = kept.zone;
  say("One moment …");
  try {
    const outcome = await bookit.refresh(kept.offer_id);
    if (outcome.outcome === "booked") return booked(outcome.booking);
    if (outcome.outcome !== "offer") return go("fallback", { replace: true });
    offered(outcome.offer);
    go("time", { replace: true });
  } catch (problem) { failed(problem); }
}

resume();
