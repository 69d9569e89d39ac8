// One meeting: look at it, move it, cancel it. The mails lead here, and so does the page that booked it.

import * as bookit from "./bookit.js";
import { calendarLinks } from "./calendar.js";
import { actions, busy, celebrate, el, link, paint, say, show, waiting, warn } from "./elements.js";
import { again, end, telling } from "./ends.js";
import { Picker } from "./picker.js";
import { t } from "./texts.js";
import { homeZone, whenText } from "./times.js";

const { SITE } = bookit;

// Mailed links have the meeting's id in the query; the booking page puts a reference behind the `#`.
const wish = new URLSearchParams(location.hash.slice(1) || location.search);
const action = wish.has("cancel") ? "cancel" : "reschedule";
let reference = wish.get(action) ?? "";
let zone = homeZone();

function failed(problem) {
  if (!(problem instanceof bookit.Problem)) throw problem;
  const [title, more] = telling(problem.error?.startsWith("Reference") ? { error: "MeetingNotFoundError" } : problem);
  if (document.querySelector("#step h2")) return warn(title, more);
  const passing = problem.status >= 500 || ["Unreachable", "Failed"].includes(problem.error);
  end(title, more, passing ? again(() => location.reload()) : bookAnother("primary"));
}

const bookAnother = (kind = "") => link(t("book_another"), SITE.booking, kind);
const told = (meeting) => (meeting.start ? whenText(meeting.start, meeting.end, zone) : "");
const when = (meeting) => el("p", { className: "when" }, told(meeting));
const titled = (meeting) => el("p", { className: "lead" }, el("bdi", {}, meeting.title ?? meeting.meeting_type ?? t("meeting")));

// Asked for only where the application hears of it.
const reasonField = (control) => el("div", { className: "field" },
  el("label", { htmlFor: control.id }, t("reason"), el("span", { className: "optional" }, ` ${t("needed")}`)), control);

function cancel({ meeting, reason_welcome }) {
  const reason = el("textarea", { id: "reason", rows: 3, maxLength: 1000 });
  const keep = el("button", { type: "button", onclick: () => look("reschedule") }, t("move_instead"));
  const button = el("button", { type: "button", className: "danger", onclick: () => busy(button, t("canceling"), async () => {
    try {
      await bookit.cancel(reference, reason.value.trim());
      bookit.tell("meeting_canceled");
      show(t("canceled"), titled(meeting), el("p", { className: "when gone" }, told(meeting)),
        el("p", { className: "quiet" }, t("mail_too")), actions(bookAnother()));
    } catch (problem) { failed(problem); }
  }) }, t("cancel_it"));
  show(t("cancel_ask"), titled(meeting), when(meeting), reason_welcome ? reasonField(reason) : null, actions(keep, button));
}

function moved(before, meeting) {
  const title = meeting.meeting_type ?? t("meeting");
  celebrate(t("moved"), titled(meeting),
    el("dl", { className: "change" },
      el("dt", {}, t("before")), el("dd", { className: "gone" }, told(before)),
      el("dt", {}, t("then")), el("dd", {}, told(meeting))),
    el("p", { className: "quiet" }, t("mail_too")),
    calendarLinks({ start: meeting.start, end: meeting.end, title, place: meeting.place }));
}

function reschedule(found) {
  const { meeting } = found;
  let chosen = null;
  const open = bookit.slotsOf(found).filter((slot) => slot.start !== Date.parse(meeting.start));
  const stop = el("button", { type: "button", onclick: () => look("cancel") }, t("cancel_instead"));
  const button = el("button", { type: "button", className: "primary", onclick: () => {
    if (!chosen) return warn(t("choose_first"));
    busy(button, t("moving"), async () => {
      try {
        const slot = { start: chosen.start, end: chosen.end };
        const after = await bookit.reschedule({ meeting_ref: reference, slot, timezone: zone });
        reference = after.meeting_ref;
        history.replaceState(null, "", `${location.pathname}#reschedule=${reference}`);
        bookit.tell("meeting_rescheduled", { start: after.start });
        moved(meeting, after);
      } catch (problem) {
        if (["SlotTakenError", "TooSoonError"].includes(problem.error)) await look("reschedule");
        failed(problem);
      }
    });
  } }, t("move_it"));
  const now = el("dd", {}, told(meeting));
  const then = el("dd", {}, "–");
  const drawn = () => {
    now.textContent = told(meeting);
    then.textContent = chosen ? whenText(chosen.start, chosen.end, zone) : "–";
  };
  const picker = open.length ? new Picker(open, {
    zone,
    onzone: (name) => { zone = name; drawn(); },
    onslot: (slot) => { chosen = slot; warn(""); drawn(); say(t("chosen", { when: whenText(slot.start, slot.end, zone) }), { seen: true }); },
  }).element : el("p", {}, t("no_other"));
  const change = el("dl", { className: "change" }, el("dt", {}, t("now")), now, el("dt", {}, t("then")), then);
  show(t("new_time"), titled(meeting), change, picker, actions(stop, open.length ? button : null));
}

async function look(wanted) {
  waiting();
  try {
    const found = await bookit.moves(reference);
    paint(found.color);
    if (found.meeting.canceled) {
      return show(t("was_canceled"), el("p", { className: "when gone" }, told(found.meeting)), actions(bookAnother("primary")));
    }
    (wanted === "cancel" ? cancel : reschedule)(found);
  } catch (problem) {
    say("");
    document.getElementById("step").replaceChildren();
    failed(problem);
  }
}

document.querySelector("h1").textContent = t("your_meeting");
if (reference) look(action);
else end(t("no_meeting"), t("no_meeting_more"), bookAnother("primary"));
