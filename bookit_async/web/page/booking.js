// The booking page: who are you, when, how to reach you, done. Every step is an entry in the browser's history.

import * as bookit from "./bookit.js";
import { calendarLinks } from "./calendar.js";
import { actions, busy, celebrate, el, face, link, paint, say, show, waiting, warn, working } from "./elements.js";
import { again, end, endOrWrite, telling } from "./ends.js";
import { bookingFields, prospectFields } from "./forms.js";
import { Picker } from "./picker.js";
import { t } from "./texts.js";
import { homeZone, listText, minutesText, whenText, zoneName } from "./times.js";

const { SITE, THEIRS } = bookit;
const LINK = new URLSearchParams(location.search).get("link");
const HERE = location.pathname + location.search;
const KEPT = `booking ${location.pathname} ${LINK ?? ""}`;
const ASKED = 12;
const PAUSE = 2_500;

const state = { prospect: {}, offer: null, slot: null, said: {}, all: false, booking: null, zone: homeZone() };

// What a reload needs to go on. The offer id says nothing to who reads it, and goes with the tab.
const keep = () => sessionStorage.setItem(KEPT, JSON.stringify({ offer_id: state.offer.offer_id, zone: state.zone }));
const forget = () => sessionStorage.removeItem(KEPT);
const pause = () => new Promise((done) => setTimeout(done, PAUSE));
const whole = (work) => async () => { try { await work(); } catch (problem) { failed(problem); } };

// A fresh page, with nothing of whoever was here before.
function over() {
  forget();
  Object.assign(state, { prospect: {}, offer: null, slot: null, said: {}, all: false, booking: null });
  location.replace(HERE);
}
const startOver = () => el("button", { type: "button", className: "plain", onclick: over }, t("start_over"));

function go(step, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"]({ step }, "", HERE);
  STEPS[step]();
}

function failed(problem) {
  if (!(problem instanceof bookit.Problem)) throw problem;
  if (problem.booking) return booked(problem.booking);
  if (problem.error === "TokenSpentError") {
    forget();
    return go("spent", { replace: true });
  }
  const [title, more] = telling(problem);
  if (["ReferenceExpiredError", "ReferenceInvalidError"].includes(problem.error)) {
    forget();
    state.offer = state.slot = null;
    return begin().then(() => warn(title, more));
  }
  if (["LinkNotFoundError", "LinkUnsupportedError", "LinkSpentError", "TriggerNodeNotFoundError"].includes(problem.error)) {
    forget();
    return badLink(title, more);
  }
  if (document.querySelector("#step h2")) return warn(title, more);
  end(title, more, again(() => location.reload()));
}

function offered(offer) {
  state.offer = offer;
  paint(offer.color);
  keep();
}

function booked(booking) {
  state.booking = booking;
  const mail = state.said.Email || state.prospect.Email || null;
  forget();
  history.replaceState({ step: "done", mail, zone: state.zone }, "", `${HERE}#booked=${booking.meeting_ref}`);
  bookit.tell("meeting_booked", { start: booking.start }, THEIRS.booked);
  done();
}

function routed(outcome) {
  if (outcome.outcome === "redirect") {
    bookit.tell("redirected", {}, THEIRS.redirect(outcome.url));
    return location.assign(outcome.url);
  }
  if (outcome.outcome === "booked") return booked(outcome.booking);
  if (outcome.outcome !== "offer") {
    bookit.tell(outcome.outcome, {}, THEIRS.nothing);
    return go(outcome.outcome === "not_routed" ? "unrouted" : "closed");
  }
  offered(outcome.offer);
  bookit.tell("calendar_displayed", {}, THEIRS.calendar);
  go("time");
}

async function who() {
  const { inputs } = await bookit.inputs(SITE.node);
  const fields = prospectFields(inputs, state.prospect);
  const button = el("button", { className: "primary" }, t("see_times"));
  const form = el("form", { onsubmit: (event) => {
    event.preventDefault();
    busy(button, t("looking"), async () => {
      state.prospect = fields.values();
      bookit.tell("form_submitted");
      try {
        routed(await bookit.offer({ trigger_node: SITE.node, prospect: state.prospect }));
      } catch (problem) {
        if (!wrong(problem, fields)) failed(problem);
      }
    });
  } }, el("div", { className: "fields" }, fields.elements), actions(button));
  show(t("who"), form);
}

// Tell what is wrong with what was written, beside it; false when it is something else.
function wrong(problem, fields) {
  if (problem.error !== "InvalidInputError" || !problem.problems) return false;
  const { found, others } = fields.mark(problem.problems);
  if (!found && fields.before) {  // what was said before, and not asked again, may be what is wrong
    state.all = true;
    return wrong(problem, details());
  }
  warn(t("check"), "", others);
  return true;
}

function about() {
  const { meeting_type, minutes, hosts, description, logo } = state.offer;
  const names = hosts.map((host) => host.name).filter(Boolean);
  const team = names.length > 2 ? t("one_of", { who: listText(names, "disjunction") }) : listText(names, "disjunction");
  const length = minutes && minutesText(minutes);
  return el("div", { className: "about" },
    logo ? el("img", { className: "logo", src: logo, alt: "" }) : null,
    el("div", { className: "faces" }, names.slice(0, 4).map(face)),
    el("div", {},
      el("p", { className: "lead" }, el("bdi", {}, meeting_type ?? t("meeting"))),
      el("p", { className: "quiet" }, [length, team && t("with", { who: team })].filter(Boolean).join(t("comma"))),
      description ? el("p", { className: "quiet" }, el("bdi", {}, description)) : null));
}

function time() {
  const next = el("button", { type: "button", className: "primary", onclick: () => {
    if (state.slot) return go("details");
    warn(t("choose_first"));
  } }, t("continue"));
  const chosen = el("p", { className: "picked" });
  const told = () => { chosen.textContent = state.slot ? whenText(state.slot.start, state.slot.end, state.zone) : ""; };
  const picker = new Picker(bookit.slotsOf(state.offer), {
    zone: state.zone,
    chosen: state.slot,
    onzone: (zone) => { state.zone = zone; keep(); told(); },
    onslot: (slot) => {
      state.slot = slot;
      warn("");
      told();
      say(t("chosen", { when: whenText(slot.start, slot.end, state.zone) }), { seen: true });
    },
  });
  told();
  show(t("time"), about(), picker.element, actions(chosen, startOver(), next));
}

function details() {
  const { offer, slot } = state;
  const fields = bookingFields(offer.form_fields, state.said, { all: state.all });
  const button = el("button", { className: "primary" }, t("book"));
  const back = el("button", { type: "button", onclick: () => history.back() }, t("another"));
  const change = el("button", { type: "button", className: "plain", onclick: () => {
    Object.assign(state, { said: fields.said(), all: true });
    details();
  } }, t("change"));
  const known = fields.before ? el("p", { className: "as" }, t("as", { who: fields.before }), " ", change) : null;
  const form = el("form", { noValidate: false, onsubmit: (event) => {
    event.preventDefault();
    state.said = fields.said();
    busy(button, t("booking"), async () => {
      try {
        booked(await once({ offer_id: offer.offer_id, slot, pooled: offer.pooled, timezone: state.zone, ...fields.values() }));
      } catch (problem) {
        if (["SlotTakenError", "TooSoonError"].includes(problem.error)) return lost(problem);
        if (!wrong(problem, fields)) failed(problem);
      }
    });
  } }, el("div", { className: "fields" }, fields.elements), actions(back, button));
  show(t("details"), about(), el("p", { className: "when" }, whenText(slot.start, slot.end, state.zone)), known, form);
  return fields;
}

// Book; when the answer is lost, ask what became of it, and say so, instead of leaving the visitor in the dark.
async function once(wanted) {
  try {
    return await bookit.book(wanted);
  } catch (problem) {
    if (problem.error !== "OutcomeUnknownError" || !problem.settle_id) throw problem;
    for (let asked = 0; asked < ASKED; asked += 1) {
      say(t("sure"));
      await pause();
      try {
        const found = await bookit.settle(problem.settle_id);
        return found.outcome === "booked" ? found.booking : await bookit.book(wanted);
      } catch (open) {
        if (open.error !== "OutcomeUnknownError") throw open;
      }
    }
    throw problem;
  }
}

function lost(problem) {
  state.slot = null;
  if (problem.offer === null) return go("closed", { replace: true });
  if (problem.offer) offered(problem.offer);
  go("time", { replace: true });
  warn(t("faster"), t("faster_more"));
}

function done() {
  const { booking } = state;
  const mail = history.state?.mail;
  const zone = history.state?.zone ?? state.zone;
  const change = (action, text) => link(t(text), `${SITE.meeting}#${action}=${booking.meeting_ref}`);
  const title = booking.meeting_type ?? t("meeting");
  const where = booking.place
    ? el("p", {}, `${t("place")}: `, el("a", { href: booking.place, rel: "noopener" }, t("join")))
    : el("p", { className: "quiet" }, t("place_mail"));
  celebrate(t("booked"),
    el("p", { className: "lead" }, el("bdi", {}, title)),
    el("p", { className: "when" }, whenText(booking.start, booking.end, zone), el("br"), el("span", { className: "quiet" }, zoneName(zone, booking.start))),
    booking.host?.name ? el("p", {}, t("host", { who: booking.host.name })) : null,
    where,
    el("p", { className: "quiet" }, mail ? t("mail_to", { mail }) : t("mail")),
    calendarLinks({ start: booking.start, end: booking.end, title, place: booking.place }),
    actions(startOverLink(), booking.changeable && change("cancel", "cancel"), booking.changeable && change("reschedule", "move"),
      booking.redirect_url ? link(t("on"), booking.redirect_url, "primary") : null));
}
const startOverLink = () => el("button", { type: "button", className: "plain", onclick: over }, t("book_another"));

const spent = () => show(t("spent"), el("p", {}, t("spent_more")), actions(el("button", {
  type: "button", className: "primary", onclick: over }, t("book_another"))));

const unrouted = () => endOrWrite(t("not_routed"), t("not_routed_more"), el("button", {
  type: "button", className: "primary", onclick: whole(who) }, t("change")));
const closed = () => endOrWrite(t("no_time"), t("no_time_more"), again(whole(LINK ? begin : who)));

const badLink = (title, more) => end(title, more, LINK && SITE.node ? link(t("title"), SITE.booking, "primary") : null);

const STEPS = { who: whole(who), time, details, done, spent, unrouted, closed };

addEventListener("popstate", (event) => {
  if (working()) return history.pushState({ step: "details" }, "", HERE);
  warn("");
  const step = event.state?.step ?? "who";
  if (state.booking) return done();
  if (state.offer && step === "details" && state.slot) return details();
  if (state.offer && (step !== "who" || LINK)) return time();
  begin();
});

async function begin() {
  waiting();
  try {
    if (!LINK && !SITE.node) return badLink(t("bad_link"), t("bad_link_more"));
    if (!LINK) {
      history.replaceState({ step: "who" }, "", HERE);
      return await who();
    }
    const outcome = await bookit.offer({ link_id: LINK });
    if (outcome.outcome !== "offer") return go("closed", { replace: true });
    offered(outcome.offer);
    go("time", { replace: true });
  } catch (problem) {
    say("");
    document.getElementById("step").replaceChildren();
    failed(problem);
  }
}

// After a reload: a confirmation has an address of its own, and an offer tells whether its booking has gone through.
async function resume() {
  const reference = new URLSearchParams(location.hash.slice(1)).get("booked");
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!reference && !kept) return begin();
  if (kept) state.zone = kept.zone;
  waiting();
  try {
    if (reference) {
      const meeting = await bookit.show(reference);
      if (meeting.canceled) return end(t("was_canceled"), whenText(meeting.start, meeting.end, state.zone), startOverLink());
      state.booking = meeting;
      return done();
    }
    const outcome = await bookit.refresh(kept.offer_id);
    if (outcome.outcome === "booked") return booked(outcome.booking);
    if (outcome.outcome !== "offer") return go("closed", { replace: true });
    offered(outcome.offer);
    go("time", { replace: true });
  } catch (problem) {
    document.getElementById("step").replaceChildren();
    if (reference && problem.error !== "Unreachable" && problem.error !== "Failed" && !(problem.status >= 500)) {
      return end(...telling({ error: "MeetingNotFoundError" }), startOverLink());
    }
    failed(problem);
  }
}

document.querySelector("h1").textContent = t("title");
bookit.tell("loaded");
resume();
