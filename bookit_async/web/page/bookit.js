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
export const cancel = (meeting_ref) => post("meetings/cancel", { meeting_ref });

// What analytics listen for: window "message" events with the names that BookIt for Forms has.
export const tell = (event, detail = {}) =>
  window.postMessage({ type: "bookit", event, ...detail }, location.origin);
