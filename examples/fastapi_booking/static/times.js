// Instants on the visitor's clock. Days are keys such as "2025-05-06"; zones are IANA names.

const LOCALE = navigator.languages.find((one) => one.startsWith("en")) ?? "en";
const DAY = 86_400_000;

const format = (zone, options) => new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options });

export const homeZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export function zones(current) {
  const known = Intl.supportedValuesOf?.("timeZone") ?? [];
  return [...new Set([...known, "UTC", current])].sort();
}

export function byDay(slots, zone) {
  const key = new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" });
  const days = new Map();
  for (const slot of slots) {
    const day = key.format(new Date(slot.start));
    days.set(day, [...(days.get(day) ?? []), slot]);
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

export function whenText(start, end, zone) {
  const day = format(zone, { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(new Date(start));
  const from = format(zone, { timeStyle: "short" }).format(new Date(start));
  const until = format(zone, { hour: "numeric", minute: "2-digit", timeZoneName: "short" }).format(new Date(end));
  return `${day}, ${from} to ${until}`;
}

const atNoon = (key) => new Date(`${key}T12:00:00Z`);

export const dayText = (key) =>
  format("UTC", { weekday: "long", day: "numeric", month: "long" }).format(atNoon(key));

export const monthText = (key) => format("UTC", { month: "short" }).format(atNoon(key));

// "May 2025", or "May 2025 to June 2025".
export function monthsText(keys) {
  const month = format("UTC", { month: "long", year: "numeric" });
  return [...new Set([keys[0], keys.at(-1)].map((key) => month.format(atNoon(key))))].join(" to ");
}

export const dayNumber = (key) => Number(key.slice(8));

// Whole weeks, from Monday, that hold all of the days: [["2025-05-05", …], …].
export function weeksOf(keys) {
  const first = atNoon(keys[0]).getTime();
  const last = atNoon(keys.at(-1)).getTime();
  const weeks = [];
  let day = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY;
  while (day <= last) {
    weeks.push([...Array(7).keys()].map((index) => new Date(day + index * DAY).toISOString().slice(0, 10)));
    day += 7 * DAY;
  }
  return weeks;
}

export const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
