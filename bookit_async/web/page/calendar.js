// A meeting for a calendar: a file that every program reads, and the pages of two that many people have.

import { el } from "./elements.js";
import { t } from "./texts.js";

const stamp = (instant) => new Date(instant).toISOString().replace(/[-:]|\.\d+/g, "");
const escaped = (text) => text.replace(/[\\;,]/g, "\\$&").replace(/\r?\n/g, "\\n");

// RFC 5545: lines of 75 octets at most, the rest of one on the next behind a blank.
function folded(line) {
  const parts = [""];
  let size = 0;
  for (const letter of line) {
    const octets = new TextEncoder().encode(letter).length;
    if (size + octets > 74) {
      parts.push("");
      size = 1;
    }
    parts[parts.length - 1] += letter;
    size += octets;
  }
  return parts.join("\r\n ");
}

export function icsOf({ start, end, title, place }) {
  const lines = [
    "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bookit-async//booking page//EN", "BEGIN:VEVENT",
    `UID:${stamp(start)}-${encodeURIComponent(title).slice(0, 40)}@${location.hostname}`, `DTSTAMP:${stamp(Date.now())}`,
    `DTSTART:${stamp(start)}`, `DTEND:${stamp(end)}`, `SUMMARY:${escaped(title)}`,
    ...(place ? [`LOCATION:${escaped(place)}`] : []), "END:VEVENT", "END:VCALENDAR",
  ];
  return `${lines.map(folded).join("\r\n")}\r\n`;
}

export function calendarLinks(event) {
  const { start, end, title, place = "" } = event;
  const google = new URLSearchParams({ action: "TEMPLATE", text: title, dates: `${stamp(start)}/${stamp(end)}`, location: place ?? "" });
  const outlook = new URLSearchParams({
    path: "/calendar/action/compose", rru: "addevent", subject: title, location: place ?? "",
    startdt: new Date(start).toISOString(), enddt: new Date(end).toISOString(),
  });
  const file = `data:text/calendar;charset=utf-8,${encodeURIComponent(icsOf(event))}`;
  const to = (text, href, more = {}) => el("li", {}, el("a", { href, ...more }, text));
  return el("div", { className: "keep" }, el("h3", {}, t("calendar")), el("ul", {},
    to(t("file"), file, { download: "meeting.ics" }),
    to("Google", `https://calendar.google.com/calendar/render?${google}`, { target: "_blank", rel: "noopener" }),
    to("Outlook", `https://outlook.office.com/calendar/0/deeplink/compose?${outlook}`, { target: "_blank", rel: "noopener" })));
}
