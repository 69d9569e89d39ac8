// A month and the times of a day, made of native radio buttons, so that keyboards and screen readers know them already.

import { el, say } from "./elements.js";
import { t } from "./texts.js";
import {
  byDay, byPart, cityOf, dayNumber, dayText, homeZone, monthOf, monthsOf, monthText, numberText, todayIn, weekdays, weeksOf, zoneKnown, zoneText, zones,
} from "./times.js";

export class Picker {
  // `zone` is where the visitor is; `onzone(zone)` and `onslot(slot)` are told what was chosen.
  constructor(slots, { zone, chosen = null, onzone, onslot }) {
    Object.assign(this, { slots, zone, chosen, onzone, onslot });
    this.days = el("div", { className: "days" });
    this.times = el("div", { className: "times" });
    this.element = el("div", { className: "picker" }, this.zoneSelect(), this.days, this.times);
    this.draw();
  }

  // Yours first, and a search over city, region, offset and time: while it is used, what it finds stands in a list.
  // All of them are hundreds: they are put in once the rest is drawn, or when somebody looks for one.
  zoneSelect() {
    const at = this.slots[0].start;
    const yours = () => [...new Set([homeZone(), this.zone])];
    let others = null;
    const all = () => (others ??= zones(this.zone).map((name) => {
      const text = zoneText(name, at);
      return { name, text, sought: `${text} ${name.replaceAll("_", " ")}`.toLowerCase() };
    }));
    const option = (name, text) => el("option", { value: name, selected: name === this.zone }, text);
    const select = el("select", { id: "zone", onchange: () => taken(select.value), onfocus: () => others || draw() });
    const search = el("input", { type: "search", id: "find-zone", placeholder: t("zone_find"), ariaLabel: t("zone_find"), autocomplete: "off" });
    const nothing = el("p", { className: "quiet", hidden: true }, t("zone_none"));
    const group = (label, options) => options.length ? [el("optgroup", { label }, options)] : [];
    const near = () => group(t("zone_yours"), yours().map((name) => option(name, zoneText(name, at))));
    const draw = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const mine = yours();
      const found = all().filter(({ name, sought }) => !mine.includes(name) && words.every((word) => sought.includes(word)));
      select.replaceChildren(...near(), ...group(t("zone_all"), found.map(({ name, text }) => option(name, text))));
      select.size = words.length && found.length ? Math.min(8, found.length + mine.length + 2) : 0;
      nothing.hidden = !words.length || found.length > 0;
      return found;
    };
    const taken = (zone) => {
      search.value = "";
      this.moveTo(zone);
      draw();
    };
    search.addEventListener("input", draw);
    search.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      const [first] = draw();
      if (search.value.trim() && first) taken(first.name);
    });
    select.append(...near());
    setTimeout(() => others || draw(), 500);
    const asked = zoneKnown ? null : el("p", { className: "asked" }, t("zone_asked"));
    return el("div", { className: "zone" }, el("label", { htmlFor: "zone" }, t("zone")), select, search, nothing, asked);
  }

  moveTo(zone) {
    this.zone = zone;
    this.onzone(zone);
    this.draw();
    say(t("zone_now", { zone: cityOf(zone) }));
  }

  draw() {
    this.byDay = byDay(this.slots, this.zone);
    const keys = [...this.byDay.keys()];
    this.months = monthsOf(keys);
    const held = keys.find((key) => this.byDay.get(key).some((slot) => slot.start === this.chosen?.start)) ?? keys[0];
    this.turn(monthOf(held), held);
  }

  // Show a month, and a day of it: the one that is wanted, or the first with a time.
  turn(month, wanted) {
    const at = this.months.indexOf(month);
    const open = [...this.byDay.keys()].filter((key) => monthOf(key) === month);
    const names = el("div", { className: "week names", ariaHidden: "true" }, weekdays().map((name) => el("span", {}, name)));
    const weeks = weeksOf(month).map((week) => el("div", { className: "week" }, week.map((key) => this.day(key))));
    const step = (by, label, sign) => el("button", {
      type: "button", className: "turn", ariaLabel: label, disabled: !this.months[at + by],
      onclick: () => this.page(this.months[at + by], by),
    }, sign);
    const pages = this.months.length > 1 && el("div", { className: "turns" }, step(-1, t("previous"), "‹"), step(1, t("next"), "›"));
    this.days.replaceChildren(el("fieldset", {}, el("legend", {}, monthText(month)), names, weeks), ...(pages ? [pages] : []));
    if (wanted ?? open[0]) this.choose(wanted ?? open[0]);
    else this.times.replaceChildren(el("p", { className: "quiet" }, t("no_time")));
  }

  // Where there is no further page, the focus goes to the way back.
  page(month, by) {
    this.turn(month);
    const [back, on] = this.days.querySelectorAll(".turn");
    [by < 0 ? back : on, back, on].find((one) => !one.disabled).focus();
    say(monthText(month), { seen: true });
  }

  day(key) {
    if (!key) return el("span", { className: "day", ariaHidden: "true" });
    const today = key === todayIn(this.zone);
    const label = dayNumber(key);
    if (!this.byDay.has(key)) return el("span", { className: `day closed${today ? " today" : ""}`, ariaHidden: "true" }, label);
    const count = this.byDay.get(key).length;
    const n = numberText(count);
    const id = `day-${key}`;
    const radio = el("input", { type: "radio", name: "day", id, value: key, onchange: () => this.choose(key), onclick: (event) => this.showTimes(event) });
    const counted = t(count === 1 ? "times_one" : "times_many", { n });
    const words = [dayText(key), today && t("today"), counted].filter(Boolean).join(", ");
    radio.setAttribute("aria-label", words);
    return el("span", { className: `day${today ? " today" : ""}` }, radio, el("label", { htmlFor: id, title: words }, label));
  }

  choose(key) {
    this.days.querySelector(`#day-${key}`).checked = true;
    const parts = byPart(this.byDay.get(key), this.zone);
    this.times.replaceChildren(el("fieldset", {}, el("legend", {}, dayText(key)),
      parts.map(([name, found]) => [
        el("p", { className: "part" }, t(name)),
        el("div", { className: "chips" }, found.map(({ slot, label }) => this.slot(slot, label))),
      ]).flat()));
  }

  // On a phone the times stand below the month: bring those of a day that was tapped into sight, not of one typed to.
  showTimes({ detail }) {
    if (detail && this.days.offsetTop + this.days.offsetHeight <= this.times.offsetTop) {
      this.times.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    }
  }

  slot(slot, label) {
    const id = `slot-${slot.start}`;
    const radio = el("input", {
      type: "radio", name: "slot", id, value: slot.start, checked: slot.start === this.chosen?.start,
      onchange: () => { this.chosen = slot; this.onslot(slot); },
    });
    return el("span", { className: "chip" }, radio, el("label", { htmlFor: id }, label));
  }
}
