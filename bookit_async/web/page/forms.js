// Forms built from what the service declares: the inputs of a trigger node, and the fields of a booking form.

import { el } from "./elements.js";
import { t } from "./texts.js";
import { numberText } from "./times.js";

// What browsers can fill in, in the order in which people expect to be asked.
const FILLED_IN = {
  firstname: "given-name", lastname: "family-name", email: "email", phonenumber: "tel", company: "organization",
};
const ORDER = Object.keys(FILLED_IN);
// Names that most forms have, in the visitor's language; any other as the service has it.
const LABELLED = {
  firstname: "first_name", lastname: "last_name", email: "email", phonenumber: "phone", phone: "phone", company: "company",
  numemployees: "employees", numberofemployees: "employees", additionalguestemails: "guests",
};

const words = (name) => name.replace(/^Num(?=[A-Z])/, "NumberOf").replace(/([a-z])([A-Z])/g, "$1 $2")
  .replace(/ ([A-Z])/g, (_, letter) => ` ${letter.toLowerCase()}`);

const plain = (name) => name.toLowerCase().replace(/[^a-z]/g, "");
const labelled = (name, otherwise = name) =>
  Object.hasOwn(LABELLED, plain(name)) && /^[A-Za-z _-]*$/.test(name) ? t(LABELLED[plain(name)]) : otherwise;

// The router names a field as Python would: answers['Email'], answers["Who's coming?"].
const NAMED = /^(?:answers|prospect)\[(['"])((?:\\.|(?!\1).)*)\1\]/;
const ESCAPED = /\\(?:x(..)|u(....)|U(.{8})|(.))/g;
const named = (problem) => problem.match(NAMED)?.[2].replace(ESCAPED, (_, two, four, eight, one) =>
  one ? { n: "\n", r: "\r", t: "\t" }[one] ?? one : String.fromCodePoint(parseInt(two ?? four ?? eight, 16)));

// What the router says is wrong, in the visitor's words.
function inWords(problem) {
  const name = named(problem);
  const guest = problem.match(/^guests\[(\d+)\]/);
  if (guest) return t("no_email", { n: numberText(Number(guest[1]) + 1) });
  if (problem.startsWith("guests")) return t("too_many");
  if (name === undefined) return problem;
  const kind = /missing/.test(problem) ? "missing" : /number/.test(problem) ? "no_number" : "bad";
  return t(kind, { what: labelled(name, words(name)) });
}

function field(id, label, control, { required, hint } = {}) {
  control.id = id;
  control.required = Boolean(required);
  const note = hint ? el("span", { className: "hint", id: `${id}-hint` }, hint) : null;
  const wrong = el("span", { className: "wrong", id: `${id}-wrong`, hidden: true });
  control.setAttribute("aria-describedby", [note?.id, wrong.id].filter(Boolean).join(" "));
  const optional = required ? null : el("span", { className: "optional" }, ` ${t("needed")}`);
  return el("div", { className: control.type === "checkbox" ? "field check" : "field" },
    el("label", { htmlFor: id }, el("bdi", {}, label), optional), note, control, wrong);
}

// Says beside each field what is wrong with it and goes to the first; gives what is about no field.
function mark(controls, problems) {
  const mine = ({ name, guests }, problem) => named(problem) === name || (guests && problem.startsWith("guests"));
  let first = null;
  for (const one of controls) {
    const found = problems.filter((problem) => mine(one, problem)).map(inWords);
    const wrong = document.getElementById(`${one.control.id}-wrong`);
    one.control.toggleAttribute("aria-invalid", false);
    if (found.length) one.control.setAttribute("aria-invalid", "true");
    if (wrong) Object.assign(wrong, { hidden: !found.length, textContent: found.join(" ") });
    if (found.length) first ??= one.control;
  }
  first?.focus();
  return { found: Boolean(first), others: problems.filter((problem) => !controls.some((one) => mine(one, problem))).map(inWords) };
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
    return { name, type, control, element: field(`in-${name}`, labelled(name, words(name)), control, {
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
    mark: (problems) => mark(controls, problems),
  };
}

// Who somebody is: "Ada Lovelace, ada@engines.example".
const inWordsOf = (fields) => {
  const isMail = ({ name }) => plain(name) === "email";
  const names = fields.filter((one) => !isMail(one)).map(({ value }) => value).join(" ");
  return [names, ...fields.filter(isMail).map(({ value }) => value)].filter(Boolean).join(t("comma"));
};

// Fields for a booking form, without those that were said before unless `all` are wanted.
export function bookingFields(fields, known = {}, { all = false } = {}) {
  const said = (one) => !one.guests && one.value && known[one.name] === undefined;
  const asked = fields.filter((one) => all || !said(one));
  const controls = asked.map((one, index) => {
    const long = one.type === "textarea" || one.guests;
    const control = el(long ? "textarea" : "input", { name: one.name, readOnly: one.read_only });
    if (!long) {
      control.type = /email/i.test(one.name) ? "email" : "text";
      control.autocomplete = FILLED_IN[plain(one.name)] ?? "off";
    } else control.rows = one.guests ? 1 : 3;
    control.value = known[one.name] ?? one.value ?? "";
    return { ...one, control, element: field(`field-${index}`, labelled(one.name), control, {
      required: one.required, hint: one.guests ? t("guests_hint") : null,
    }) };
  });
  return {
    elements: controls.map((one) => one.element),
    before: all ? "" : inWordsOf(fields.filter(said)),
    said: () => Object.fromEntries(controls.map(({ name, control }) => [name, control.value])),
    values: () => ({
      answers: Object.fromEntries(controls.filter((one) => !one.guests).map(({ name, control }) => [name, control.value])),
      guests: controls.filter((one) => one.guests).flatMap(({ control }) => control.value.split(/[\s,;、،]+/).filter(Boolean)),
    }),
    mark: (problems) => mark(controls, problems),
  };
}
