// Forms built from what the service declares: the inputs of a trigger node, and the fields of a booking form.

import { el } from "./elements.js";

// What browsers can fill in, in the order in which people expect to be asked.
const FILLED_IN = {
  firstname: "given-name", lastname: "family-name", email: "email", phonenumber: "tel", company: "organization",
};
const ORDER = Object.keys(FILLED_IN);

const words = (name) => name.replace(/^Num(?=[A-Z])/, "NumberOf").replace(/([a-z])([A-Z])/g, "$1 $2")
  .replace(/ ([A-Z])/g, (_, letter) => ` ${letter.toLowerCase()}`);

const plain = (name) => name.toLowerCase().replace(/[^a-z]/g, "");

// The router names a field as Python would: answers['Email'], answers["Who's coming?"].
const NAMED = /^(?:answers|prospect)\[(['"])((?:\\.|(?!\1).)*)\1\]/;
const ESCAPED = /\\(?:x(..)|u(....)|U(.{8})|(.))/g;
const named = (problem) => problem.match(NAMED)?.[2].replace(ESCAPED, (_, two, four, eight, one) =>
  one ? { n: "\n", r: "\r", t: "\t" }[one] ?? one : String.fromCodePoint(parseInt(two ?? four ?? eight, 16)));

// Its words for what is wrong, without the marks of programs: `answers['Email'] is …` is "Email is …".
export const inWords = (problems = []) => problems.map((one) => one
  .replace(NAMED, () => words(named(one)))
  .replace(/^guests\[(\d+)\]/, (_, index) => `Guest ${Number(index) + 1}`));

function field(id, label, control, { required, hint } = {}) {
  control.id = id;
  control.required = Boolean(required);
  const note = hint ? el("span", { className: "hint", id: `${id}-hint` }, hint) : null;
  if (note) control.setAttribute("aria-describedby", note.id);
  const optional = required ? null : el("span", { className: "optional" }, " (optional)");
  return el("div", { className: control.type === "checkbox" ? "field check" : "field" },
    el("label", { htmlFor: id }, label, optional), note, control);
}

// Fields for a prospect, and a function that gives { FirstName: "Ada", … }; null where nothing was said.
export function prospectFields(inputs, known = {}) {
  const place = ({ name }) => (ORDER.indexOf(plain(name)) + 1 || ORDER.length + 1);
  const controls = [...inputs].sort((one, other) => place(one) - place(other)).map(({ name, type }) => {
    const kind = { PHONE: "tel", DOUBLE: "number", BOOLEAN: "checkbox" }[type] ?? (/email/i.test(name) ? "email" : "text");
    const control = el("input", { type: kind, name, autocomplete: FILLED_IN[plain(name)] ?? "off" });
    if (kind === "number") Object.assign(control, { min: 0, step: "any", inputMode: "numeric" });
    if (kind === "checkbox") control.checked = known[name] === true;
    else control.value = known[name] ?? "";
    return { name, type, control, element: field(`in-${name}`, words(name), control, {
      required: !["PHONE", "BOOLEAN"].includes(type),
    }) };
  });
  const read = ({ type, control }) => {
    if (type === "BOOLEAN") return control.checked;
    const text = control.value.trim();
    if (text === "") return null;
    return type === "DOUBLE" ? Number(text) : text;
  };
  return {
    elements: controls.map((one) => one.element),
    values: () => Object.fromEntries(controls.map((one) => [one.name, read(one)])),
  };
}

// Fields for a booking form, and a function that gives { answers, guests }.
export function bookingFields(fields, known = {}) {
  const controls = fields.map((one, index) => {
    const long = one.type === "textarea" || one.guests;
    const control = el(long ? "textarea" : "input", { name: one.name, readOnly: one.read_only });
    if (!long) {
      control.type = /email/i.test(one.name) ? "email" : "text";
      control.autocomplete = FILLED_IN[plain(one.name)] ?? "off";
    } else control.rows = one.guests ? 1 : 3;
    control.value = known[one.name] ?? one.value ?? "";
    return { ...one, control, element: field(`field-${index}`, one.name, control, {
      required: one.required, hint: one.guests ? "Addresses, with a comma between them." : null,
    }) };
  });
  return {
    elements: controls.map((one) => one.element),
    said: () => Object.fromEntries(controls.map(({ name, control }) => [name, control.value])),
    values: () => ({
      answers: Object.fromEntries(controls.filter((one) => !one.guests).map(({ name, control }) => [name, control.value])),
      guests: controls.filter((one) => one.guests).flatMap(({ control }) => control.value.split(/[\s,;]+/).filter(Boolean)),
    }),
    // Mark the fields that the problems are about, and go to the first; false when none is.
    mark(problems) {
      const wrong = controls.filter(({ name, guests }) =>
        problems.some((one) => named(one) === name || (guests && one.startsWith("guests["))));
      for (const { control } of controls) control.removeAttribute("aria-invalid");
      for (const { control } of wrong) control.setAttribute("aria-invalid", "true");
      wrong[0]?.control.focus();
      return wrong.length > 0;
    },
  };
}
