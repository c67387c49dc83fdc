// One field of a form: how it is drawn, read and written, and where its message stands.
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
      if (field.suggest.length) searchable(input, () => field.suggest, false);
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

// A text that the kernel gives, to be read and not typed.
function noteField(field) {
  const el = element("div", { class: "kw-field kw-note", hidden: "hidden" });
  el.append(element("div", { class: "kw-label" }, field.label));
  const text = element("div", { class: "kw-words" });
  el.append(text);
  const write = (words) => {
    text.textContent = words ?? "";
    el.hidden = !words;
  };
  return { el, read: () => text.textContent, write, say: () => {} };
}

function tableField(field, onChange, isAlone, valuesOf, press) {
  const el = element("div", { class: "kw-field" });
  if (!isAlone) el.append(element("div", { class: "kw-label" }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help" }, field.help));
  const table = tableEditor({ ...field, onChange, valuesOf, onAct: (at) => press(`act:${field.name}:${at}`) });
  const message = element("div", { class: "kw-problem", role: "alert" });
  el.append(table.el, message);
  return {
    el,
    read: table.read,
    write: (rows) => table.write(rows ?? []),
    learn: table.learn,
    say: (words, rows) => {
      message.textContent = words ?? "";
      table.say(rows ?? {});
    },
  };
}
