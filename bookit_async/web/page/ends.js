// Where things end: every dead end says what happened in the visitor's words, and has a way on.

import { SITE } from "./bookit.js";
import { actions, el, link, show } from "./elements.js";
import { t } from "./texts.js";

const write = () => SITE.contact && link(t("write"), SITE.contact);
const orWrite = () => SITE.contact && el("p", {}, t("or_write"));

// Show an end: its title, its sentence, and what can be done.
export function end(title, more, ...ways) {
  show(title, el("p", {}, more), actions(write(), ...ways));
}

// The same, where somebody could help who is written to.
export function endOrWrite(title, more, ...ways) {
  show(title, el("p", {}, more), orWrite(), actions(write(), ...ways));
}

export const again = (work) => el("button", { type: "button", className: "primary", onclick: work }, t("again"));

// Title and sentence of a problem that no form can put right.
export function telling(problem) {
  const kinds = {
    Unreachable: ["unreachable", "unreachable_more"],
    LinkNotFoundError: ["bad_link", "bad_link_more"],
    LinkUnsupportedError: ["bad_link", "bad_link_more"],
    LinkSpentError: ["bad_link", "bad_link_more"],
    TriggerNodeNotFoundError: ["bad_link", "bad_link_more"],
    ReferenceExpiredError: ["expired", "expired_more"],
    ReferenceInvalidError: ["expired", "expired_more"],
    ReferenceLimitedError: ["no_meeting", "spent_more"],
    MeetingNotFoundError: ["no_meeting", "no_meeting_more"],
    OutcomeUnknownError: ["unsure", "unsure_more"],
    SlotTakenError: ["faster", "faster_more"],
    TooSoonError: ["faster", "faster_more"],
  };
  return (kinds[problem.error] ?? ["failed", "failed_more"]).map((name) => t(name));
}
