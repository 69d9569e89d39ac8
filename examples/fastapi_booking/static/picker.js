// A day and slot picker made of native radio buttons, so that keyboards and screen readers know it already.

import { el, say } from "./elements.js";
import { byDay, dayNumber, dayText, monthsText, monthText, timeLabels, WEEKDAYS, weeksOf, zones } from "./times.js";

export class Picker {
  // `zone` is where the visitor is; `onzone(zone)` and `onslot(slot)` are told what was chosen.
  constructor(slots, { zone, chosen = null, onzone, onslot }) {
    Object.assign(this, { slots, zone, chosen, onzone, onslot });
    this.days = el("div", { className: "days" });
    this.times = el("div", { className: "times" });
    this.element = el("div", { className: "picker" }, this.zoneSelect(), this.days, this.times);
    this.draw();
  }

  zoneSelect() {
    const options = zones(this.zone).map((name) =>
      el("option", { value: name, selected: name === this.zone }, name.replaceAll("_", " ")));
    const select = el("select", { id: "zone", onchange: () => this.moveTo(select.value) }, options);
    return el("div", { className: "zone" }, el("label", { htmlFor: "zone" }, "Time zone"), select);
  }

  moveTo(zone) {
    this.zone = zone;
    this.onzone(zone);
    this.draw();
    say(`Times are now in ${zone.replaceAll("_", " ")}.`);
  }

  draw() {
    this.byDay = byDay(this.slots, this.zone);
    const keys = [...this.byDay.keys()];
    const held = keys.find((key) => this.byDay.get(key).some((slot) => slot.start === this.chosen?.start));
    const names = el("div", { className: "week names", ariaHidden: "true" }, WEEKDAYS.map((name) => el("span", {}, name)));
    const weeks = weeksOf(keys).map((week) => el("div", { className: "week" }, week.map((key) => this.day(key))));
    this.days.replaceChildren(el("fieldset", {}, el("legend", {}, monthsText(keys)), names, weeks));
    this.choose(held ?? keys[0]);
  }

  day(key) {
    const label = dayNumber(key) === 1 ? `${monthText(key)} 1` : String(dayNumber(key));
    if (!this.byDay.has(key)) return el("span", { className: "day closed", ariaHidden: "true" }, label);
    const count = this.byDay.get(key).length;
    const id = `day-${key}`;
    const radio = el("input", { type: "radio", name: "day", id, value: key, onchange: () => this.choose(key) });
    const words = `${dayText(key)}, ${count} ${count === 1 ? "time" : "times"}`;
    radio.setAttribute("aria-label", words);
    return el("span", { className: "day" }, radio, el("label", { htmlFor: id, title: words }, label));
  }

  choose(key) {
    this.days.querySelector(`#day-${key}`).checked = true;
    const slots = this.byDay.get(key);
    const labels = timeLabels(slots, this.zone);
    this.times.replaceChildren(
      el("fieldset", {}, el("legend", {}, dayText(key)),
        el("div", { className: "chips" }, slots.map((slot, index) => this.slot(slot, labels[index])))),
    );
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
