// Calls of the router. A refusal is a Problem, with the members of the problem details in it.

const content = document.querySelector('meta[name="bookit"]').content;
export const SITE = JSON.parse(content);

export class Problem extends Error {
  constructor(details) {
    super(details.title);
    Object.assign(this, details);
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(`${SITE.api}/${path}`, options);
  } catch {
    throw new Problem({ error: "Unreachable" });
  }
  if (response.ok) return response.status === 204 ? null : response.json();
  const details = await response.json().catch(() => ({}));
  throw new Problem({ error: "Failed", status: response.status, ...details });
}

// Slots come as columns; a column of one value says the same of every slot.
export function slotsOf({ teams, slots }) {
  const at = (column, index) => column[column.length === 1 ? 0 : index];
  return slots.starts.map((start, index) => ({
    start, end: start + at(slots.lengths, index), hosts: teams[at(slots.teams, index)],
  }));
}

const post = (path, body) =>
  call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export const inputs = (node) => call(`inputs?trigger_node=${encodeURIComponent(node)}`);
export const offer = (wanted) => post("offers", wanted);
export const refresh = (offer_id) => post("offers/refresh", { offer_id });
export const book = (wanted) => post("bookings", wanted);
export const settle = (settle_id) => post("bookings/settle", { settle_id });
export const show = (meeting_ref) => post("meetings/show", { meeting_ref });
export const moves = (meeting_ref) => post("meetings/moves", { meeting_ref });
export const reschedule = (wanted) => post("meetings/reschedule", wanted);
export const cancel = (meeting_ref, reason = "") => post("meetings/cancel", { meeting_ref, ...(reason && { reason }) });

// Tell the window what happened, for analytics to listen to: in our words, and in those of BookIt for Forms, where it has
// any, so that what listens to a form of LeanData's hears this page, too. What the visitor wrote is in none of it.
export function tell(event, detail = {}, theirs = null) {
  window.postMessage({ type: "bookit", event, ...detail }, location.origin);
  if (theirs) window.postMessage(theirs, location.origin);
}

// A calendar's link is one of LeanData's own pages there, which this page stands for; none says that nothing came of it.
const CALENDAR = "https://app.leandata.com/";
const routing = (responseData) => ({ message: "LD_ROUTING_RESPONSE", responseData });
export const THEIRS = {
  calendar: routing({ calendarLink: CALENDAR }),
  redirect: (url) => routing({ calendarLink: url }),
  nothing: routing({}),
  booked: { message: "LD_POST_BOOKING_IMMEDIATE", responseData: {} },
};
