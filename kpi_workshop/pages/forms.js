// Draws one form from what the kernel says, and tells the kernel what was typed or pressed.
function element(tag, attributes = {}, text = null) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

function plainField(field, id, onChange) {
  const many = field.kind === "choices";
  const el = element(many ? "fieldset" : "div", { class: "kw-field" });
  el.append(element(many ? "legend" : "label", many ? {} : { for: id }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help", id: `${id}-help` }, field.help));
  const message = element("div", { class: "kw-problem", id: `${id}-problem`, role: "alert" });
  const described = `${field.help ? `${id}-help ` : ""}${id}-problem`;
  let read, write;
  if (many) {
    const boxes = field.choices.map(([value, words]) => {
      const label = element("label", { class: "kw-choice" });
      const box = element("input", { type: "checkbox" });
      box.value = value;
      label.append(box, element("span", {}, words));
      el.append(label);
      return box;
    });
    read = () => boxes.filter((box) => box.checked).map((box) => box.value);
    write = (values) => boxes.forEach((box) => (box.checked = (values ?? []).includes(box.value)));
  } else {
    let input;
    if (field.choices.length) {
      input = element("select");
      const none = element("option", {}, field.needed ? "Choose …" : "");
      none.value = "";
      input.append(none);
      for (const [value, words] of field.choices) {
        const option = element("option", {}, words);
        option.value = value;
        input.append(option);
      }
    } else if (field.kind === "long") {
      input = element("textarea", { rows: "4" });
    } else {
      input = element("input", { type: field.kind === "day" ? "date" : "text", autocomplete: "off" });
      if (field.kind === "number" || field.kind === "whole") input.inputMode = "decimal";
      if (field.suggest.length) {
        const list = element("datalist", { id: `${id}-list` });
        for (const word of field.suggest) list.append(element("option", { value: word }));
        input.setAttribute("list", list.id);
        el.append(list);
      }
    }
    input.id = id;
    input.setAttribute("aria-describedby", described);
    if (field.needed) input.setAttribute("aria-required", "true");
    el.append(input);
    read = () => input.value;
    write = (value) => {
      const words = value ?? "";
      if (input.tagName === "SELECT" && ![...input.options].some((option) => option.value === words)) {
        const option = element("option", {}, words);
        option.value = words;
        input.append(option);
      }
      input.value = words;
    };
  }
  el.addEventListener("change", onChange);
  el.append(message);
  const say = (words) => {
    message.textContent = words ?? "";
    el.querySelectorAll("input, select, textarea").forEach((input) => {
      if (words) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    });
  };
  return { el, read, write, say };
}

// A text with places marked in it, as the kernel gives it: pieces of words, each with the number of its mark or "".
function markedField(field) {
  const el = element("div", { class: "kw-field", hidden: "hidden" });
  el.append(element("div", { class: "kw-label" }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help" }, field.help));
  const text = element("div", { class: "kw-marked" });
  el.append(text);
  let pieces = [];
  const write = (given) => {
    pieces = given ?? [];
    el.hidden = !pieces.length;
    text.replaceChildren(
      ...pieces.map(([words, number]) => {
        if (!number) return document.createTextNode(words);
        const mark = element("mark", {}, words);
        mark.append(element("sup", { "aria-label": `suggestion ${number}` }, number));
        return mark;
      }),
    );
  };
  return { el, read: () => pieces, write, say: () => {} };
}

function tableField(field, onChange, isAlone) {
  const el = element("div", { class: "kw-field" });
  if (!isAlone) el.append(element("div", { class: "kw-label" }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help" }, field.help));
  const table = tableEditor({
    label: field.label, columns: field.columns, noun: field.noun, grows: field.grows, onChange,
  });
  const message = element("div", { class: "kw-problem", role: "alert" });
  el.append(table.el, message);
  return {
    el,
    read: table.read,
    write: (rows) => table.write(rows ?? []),
    say: (words, rows) => {
      message.textContent = words ?? "";
      table.say(rows ?? {});
    },
  };
}

export default {
  render({ model, el }) {
    const spec = model.get("spec");
    const own = "kw" + Math.random().toString(36).slice(2, 9);
    const form = element("form", { class: "kw-form", "aria-label": spec.title, "data-lm-suppress-shortcuts": "true" });
    form.noValidate = true;
    form.append(element("div", { class: "kw-title" }, spec.title));
    if (spec.help) form.append(element("div", { class: "kw-help" }, spec.help));
    const values = () => Object.fromEntries(spec.fields.map((field, at) => [field.name, fields[at].read()]));
    const changed = () => model.send({ kind: "change", values: values() });
    const press = (button) => model.send({ kind: "press", button, values: values() });
    const fields = spec.fields.map((field, at) => {
      const made =
        field.kind === "table"
          ? tableField(field, changed, spec.fields.length === 1)
          : field.kind === "marked"
            ? markedField(field)
            : plainField(field, `${own}-${at}`, changed);
      form.append(made.el);
      return made;
    });
    const problem = element("div", { class: "kw-problem kw-whole-form", role: "alert" });
    const bar = element("div", { class: "kw-bar" });
    const main = element("button", { type: "submit", class: "kw-main" }, spec.button);
    const undo = element("button", { type: "button" }, "Undo");
    const theirs = element("button", { type: "button" }, "Show theirs");
    const status = element("div", { class: "kw-status", role: "status", "aria-live": "polite" });
    undo.addEventListener("click", () => press("undo"));
    theirs.addEventListener("click", () => press("theirs"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      press("save");
    });
    form.addEventListener("keydown", (event) => event.stopPropagation());
    bar.append(main, theirs, undo, status);
    form.append(problem, bar);
    el.append(form);

    let drawn = null;
    const draw = (state) => {
      if (!state || state.revision === undefined) return;
      if (state.revision !== drawn) {
        spec.fields.forEach((field, at) => fields[at].write(state.values[field.name]));
        drawn = state.revision;
      }
      spec.fields.forEach((field, at) => fields[at].say(state.problems[field.name], state.rows[field.name]));
      problem.textContent = state.problem;
      status.textContent = state.status;
      undo.disabled = !state.undo;
      undo.hidden = state.conflict;
      theirs.hidden = !state.conflict;
      main.textContent = state.conflict ? "Keep mine" : spec.button;
    };
    const heard = (message) => message.state && draw(message.state);
    const synced = () => draw(model.get("state"));
    if (spec.private) {
      model.on("msg:custom", heard);
      model.send({ kind: "hello" });
    } else {
      model.on("change:state", synced);
      synced();
    }
    return () => {
      model.off("msg:custom", heard);
      model.off("change:state", synced);
    };
  },
};
