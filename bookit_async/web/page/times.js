// Instants on the visitor's clock, in the visitor's language. Days are keys such as "2025-05-06"; zones are IANA names.

import { LOCALE, t } from "./texts.js";

const DAY = 86_400_000;

// To make one takes a phone long, and hundreds are asked for again and again.
const formats = new Map();
function format(zone, options) {
  const key = `${zone} ${JSON.stringify(options)}`;
  if (!formats.has(key)) formats.set(key, new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options }));
  return formats.get(key);
}

function usable(zone) {
  try {
    return Boolean(zone) && Boolean(format(zone, {}));
  } catch {
    return false;
  }
}

// The browser's zone; UTC, and a question, where it has none that can be used.
const told = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const zoneKnown = usable(told) && told !== "Etc/Unknown";
export const homeZone = () => (zoneKnown ? told : "UTC");

const part = (zone, options, type, at) => format(zone, options).formatToParts(at).find((one) => one.type === type)?.value;
export const cityOf = (zone) => zone.split("/").at(-1).replaceAll("_", " ");

// "Berlin (GMT+2, 14:05)": the offset at the time of the slots, and what time it is there now. One format says both.
export function zoneText(zone, at) {
  const clock = format(zone, { hour: "numeric", minute: "2-digit", timeZoneName: "shortOffset" });
  const isOffset = ({ type }) => type === "timeZoneName";
  const offset = clock.formatToParts(new Date(at)).find(isOffset)?.value ?? "";
  const now = clock.formatToParts(new Date()).filter((one) => !isOffset(one)).map(({ value }) => value).join("").trim();
  return `${cityOf(zone)} (${[offset, now].join(t("comma"))})`;
}

// "Los Angeles, Pacific Daylight Time": where, and what the clock there is called then.
export const zoneName = (zone, at) =>
  [cityOf(zone), part(zone, { timeZoneName: "long" }, "timeZoneName", new Date(at))].filter(Boolean).join(t("comma"));

export function zones(current) {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  const { compare } = new Intl.Collator(LOCALE);
  return [...new Set([...known, "UTC", current])].sort((one, other) => compare(cityOf(one), cityOf(other)));
}

const key = (zone) => {
  const day = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  return (instant) => day.format(new Date(instant));
};
export const todayIn = (zone) => key(zone)(Date.now());

export function byDay(slots, zone) {
  const of = key(zone);
  const days = new Map();
  for (const slot of slots) {
    const day = of(slot.start);
    if (!days.has(day)) days.set(day, []);
    days.get(day).push(slot);
  }
  return days;
}

// Labels of one day's slots. When clocks go back, a time comes twice: then each says which one it is.
export function timeLabels(slots, zone) {
  const short = format(zone, { timeStyle: "short" });
  const exact = format(zone, { hour: "numeric", minute: "2-digit", timeZoneName: "short" });
  const labels = slots.map((slot) => short.format(new Date(slot.start)));
  const twice = new Set(labels.filter((label, index) => labels.indexOf(label) !== index));
  return labels.map((label, index) => (twice.has(label) ? exact.format(new Date(slots[index].start)) : label));
}

// Labelled slots by part of the day, those parts only that have any.
export function byPart(slots, zone) {
  const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "2-digit", hourCycle: "h23" });
  const labels = timeLabels(slots, zone);
  const parts = { morning: [], afternoon: [], evening: [] };
  slots.forEach((slot, index) => {
    const at = Number(hour.format(new Date(slot.start)));
    parts[at < 12 ? "morning" : at < 17 ? "afternoon" : "evening"].push({ slot, label: labels[index] });
  });
  return Object.entries(parts).filter(([, found]) => found.length);
}

export function whenText(start, end, zone) {
  const day = format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(new Date(start));
  const from = format(zone, { timeStyle: "short" }).format(new Date(start));
  const to = format(zone, { hour: "numeric", minute: "2-digit", timeZoneName: "short" }).format(new Date(end));
  return t("from_to", { day, from, to });
}

const atNoon = (day) => new Date(`${day}T12:00:00Z`);

export const dayText = (day) => format("UTC", { weekday: "long", day: "numeric", month: "long" }).format(atNoon(day));
export const monthText = (month) => format("UTC", { month: "long", year: "numeric" }).format(atNoon(`${month}-01`));
export const dayNumber = (day) => format("UTC", { day: "numeric" }).formatToParts(atNoon(day)).find((one) => one.type === "day").value;
export const monthOf = (day) => day.slice(0, 7);

// From the first to the last month in which there is anything: ["2025-05", …].
export function monthsOf(days) {
  const months = [];
  for (let month = monthOf(days[0]); month <= monthOf(days.at(-1)); ) {
    months.push(month);
    const next = new Date(`${month}-15T12:00:00Z`);
    next.setUTCMonth(next.getUTCMonth() + 1);
    month = next.toISOString().slice(0, 7);
  }
  return months;
}

const locale = new Intl.Locale(LOCALE);
const FIRST = (locale.getWeekInfo?.() ?? locale.weekInfo ?? { firstDay: 1 }).firstDay % 7;

// The weeks of a month, days of other months as null.
export function weeksOf(month) {
  const first = atNoon(`${month}-01`);
  const blanks = (first.getUTCDay() - FIRST + 7) % 7;
  const days = Array(blanks).fill(null);
  for (let at = first.getTime(); new Date(at).toISOString().startsWith(month); at += DAY) {
    days.push(new Date(at).toISOString().slice(0, 10));
  }
  while (days.length % 7) days.push(null);
  return Array.from({ length: days.length / 7 }, (_, week) => days.slice(week * 7, week * 7 + 7));
}

// 2023-01-01 was a Sunday. Letters, where the short names are too long for a column.
export function weekdays() {
  const names = (weekday) => [...Array(7).keys()].map((index) =>
    format("UTC", { weekday }).format(new Date(Date.UTC(2023, 0, 1 + FIRST + index, 12))));
  const short = names("short");
  return short.some((name) => name.length > 4) ? names("narrow") : short;
}

export const numberText = (n) => new Intl.NumberFormat(LOCALE).format(n);
export const minutesText = (n) => new Intl.NumberFormat(LOCALE, { style: "unit", unit: "minute", unitDisplay: "long" }).format(n);
export const listText = (names, type = "conjunction") => new Intl.ListFormat(LOCALE, { type }).format(names);
