// The fields of an interview: the guide in sight, lines as they are spoken, and places in notes to accept or drop.
function framed(field, kind, labelFor = "") {
  const el = element("div", { class: `kw-field kw-${kind}` });
  if (field.label) el.append(element(labelFor ? "label" : "div", { class: "kw-label", for: labelFor }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help" }, field.help));
  return el;
}

// The guide of the role chosen above it, to be read from while the other person speaks.
function guideField(field) {
  const el = framed(field, "guide");
  const body = element("div", { class: "kw-guide-body" });
  el.append(body);
  let shown = null;
  const follow = (values) => {
    const guide = field.guides[values[field.follows]];
    if (shown === (guide ?? "")) return;
    shown = guide ?? "";
    body.replaceChildren();
    if (!guide) {
      body.append(element("p", { class: "kw-help" }, field.nothing));
      return;
    }
    const first = element("details");
    first.append(element("summary", {}, "To say first"));
    for (const sentence of guide.first) first.append(element("p", {}, sentence));
    const list = element("ol");
    for (const question of guide.questions) {
      const item = element("li");
      item.append(element("strong", {}, question.ask));
      if (question.listen_for) item.append(element("div", { class: "kw-help" }, `Listen for: ${question.listen_for}`));
      if (question.probes.length) {
        const probes = element("details");
        probes.append(element("summary", {}, "If the answer is thin"));
        const asked = element("ul");
        for (const probe of question.probes) asked.append(element("li", {}, probe));
        probes.append(asked);
        item.append(probes);
      }
      list.append(item);
    }
    const last = element("details");
    last.append(element("summary", {}, "To say at the end"), element("p", {}, guide.closing));
    body.append(first, list, last);
  };
  return { el, read: () => "", write: () => {}, say: () => {}, follow };
}

// Lines as they are spoken: Enter keeps one with its time, F2 keeps it as a suggestion. What is being typed is a line
// without a time, so that it is in every draft.
function linesField(field, id, onChange) {
  const el = framed(field, "lines", `${id}-entry`);
  const kept = element("ol", { "aria-label": "Kept so far" });
  const entry = element("textarea", { id: `${id}-entry`, rows: "2", "aria-describedby": `${id}-keys` });
  const keys = element("div", { class: "kw-help", id: `${id}-keys` }, field.keys);
  const bar = element("div", { class: "kw-bar" });
  const keep = element("button", { type: "button" }, "Keep (Enter)");
  const suggest = element("button", { type: "button" }, "Keep as suggestion (F2)");
  const message = element("div", { class: "kw-problem", role: "alert" });
  const told = element("div", { class: "kw-unseen", "aria-live": "polite" });
  bar.append(keep, suggest);
  el.append(kept, entry, keys, bar, message, told);

  const now = () => {
    const at = new Date();
    return new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
  };
  const lines = () => [...kept.children].map((item) => item.line);

  function addLine({ at, words, text = "", suggestion = "" }) {
    const item = element("li", { class: "kw-line" });
    const time = element("time", { datetime: at }, at.slice(11, 16));
    const said = element("input", { type: "text", class: "kw-said", "aria-label": `Words at ${at.slice(11, 16)}` });
    const flag = element("label", { class: "kw-choice" });
    const box = element("input", { type: "checkbox" });
    const few = element("input", {
      type: "text", class: "kw-few", placeholder: "In a few words, for the list",
      "aria-label": "Suggestion in a few words: shown to others, no names", maxlength: "200", autocomplete: "off",
    });
    const remove = element("button", { type: "button", class: "kw-remove", "aria-label": "Remove this line" }, "Remove");
    flag.append(box, element("span", {}, "Suggestion"));
    said.value = words;
    few.value = text;
    searchable(few, () => field.suggest, false);
    let proposed = "";
    const mark = (is) => {
      box.checked = is;
      few.hidden = !is;
      item.classList.toggle("kw-is-suggestion", is);
    };
    mark(suggestion === "yes");
    box.addEventListener("change", () => mark(box.checked));
    remove.addEventListener("click", () => {
      item.remove();
      entry.focus();
      onChange();
    });
    item.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Enter" && event.target.tagName === "INPUT" && event.target.type === "text") {
        event.preventDefault();
        entry.focus();
      } else if (event.key === "F2") {
        event.preventDefault();
        item.line.mark(!box.checked);
        onChange();
      } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && event.target === said) {
        const near = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
        event.preventDefault();
        (near ? near.line.said : event.key === "ArrowDown" ? entry : said).focus();
      }
    });
    item.line = {
      said,
      mark,
      isSuggestion: () => box.checked,
      read: () => ({ at, words: said.value, text: few.value, suggestion: box.checked ? "yes" : "" }),
      propose: (words) => {
        if (few.value === proposed && document.activeElement !== few) few.value = proposed = words;
      },
    };
    item.append(time, said, flag, few, remove);
    kept.append(item);
    return item.line;
  }

  function keepNow(isSuggestion) {
    const words = entry.value.trim();
    const last = lines().at(-1);
    if (words) {
      addLine({ at: now(), words, suggestion: isSuggestion ? "yes" : "" });
      entry.value = "";
      told.textContent = isSuggestion ? "Kept as a suggestion." : "Kept.";
    } else if (isSuggestion && last) {
      last.mark(!last.isSuggestion());
      told.textContent = last.isSuggestion() ? "The line before is a suggestion." : "The line before is a note.";
    } else return;
    kept.scrollTop = kept.scrollHeight;
    onChange();
  }
  const keepAndGoOn = (isSuggestion) => {
    keepNow(isSuggestion);
    entry.focus();
  };
  keep.addEventListener("click", () => keepAndGoOn(false));
  suggest.addEventListener("click", () => keepAndGoOn(true));
  entry.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const asSuggestion = event.key === "F2" || (event.key === "Enter" && (event.ctrlKey || event.metaKey));
    if (asSuggestion || (event.key === "Enter" && !event.shiftKey)) {
      event.preventDefault();
      keepNow(asSuggestion);
    } else if (event.key === "ArrowUp" && !entry.value && lines().length) {
      event.preventDefault();
      lines().at(-1).said.focus();
    }
  });
  entry.addEventListener("change", (event) => event.stopPropagation());
  el.addEventListener("change", onChange);

  return {
    el,
    read: () => [
      ...lines().map((line) => line.read()),
      ...(entry.value.trim() ? [{ at: "", words: entry.value, text: "", suggestion: "" }] : []),
    ],
    write: (rows) => {
      kept.replaceChildren();
      entry.value = "";
      for (const row of rows ?? []) row.at ? addLine(row) : (entry.value = row.words);
    },
    say: (words, rows) => {
      message.textContent = [words, ...Object.values(rows ?? {})].filter(Boolean).join("\n");
    },
    told: (proposals) => lines().forEach((line, at) => proposals[at] && line.propose(proposals[at])),
  };
}

// Notes with the places that may be suggestions marked in them, each accepted or dropped where it stands.
function placesField(field, id, onChange) {
  const el = framed(field, "places");
  const text = element("div", { class: "kw-marked", role: "group", "aria-label": field.label });
  const list = element("ol", { "aria-label": "Accepted so far" });
  const told = element("div", { class: "kw-help", "aria-live": "polite" });
  const message = element("div", { class: "kw-problem", role: "alert" });
  el.append(text, told, list, message);
  let pieces = [];
  let places = [];

  const spoken = { "": "not decided", yes: "accepted", no: "dropped" };
  function show(place) {
    place.mark.dataset.decision = place.decision;
    place.mark.setAttribute("aria-label", `${place.words}: ${spoken[place.decision]}`);
    place.row.hidden = place.decision !== "yes";
  }
  function count() {
    const many = (decision) => places.filter((place) => place.decision === decision).length;
    told.textContent = places.length
      ? `${many("yes")} accepted, ${many("no")} dropped, ${many("")} to decide.`
      : "";
  }
  function decide(place, decision, goOn) {
    place.decision = decision;
    show(place);
    count();
    if (goOn) (places[places.indexOf(place) + 1] ?? place).mark.focus();
    onChange();
  }
  function addPlace(words, given) {
    const place = { words, number: given.number, decision: given.decision ?? "" };
    const mark = element("mark", { role: "button", tabindex: "0" }, words);
    mark.append(element("sup", { "aria-hidden": "true" }, given.number));
    const next = () => (place.decision === "yes" ? "no" : "yes");
    mark.addEventListener("click", () => decide(place, next(), false));
    mark.addEventListener("keydown", (event) => {
      const at = places.indexOf(place);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "a") decide(place, "yes", true);
      else if (event.key === "d") decide(place, "no", true);
      else if (event.key === "Enter" || event.key === " ") decide(place, next(), false);
      else if (step) places[at + step]?.mark.focus();
      else return;
      event.preventDefault();
    });
    const row = element("li", { value: given.number });
    const few = element("input", {
      type: "text", maxlength: "200", autocomplete: "off", id: `${id}-${given.number}`,
      "aria-label": `Suggestion ${given.number} in a few words: shown to others, no names`,
    });
    few.value = given.text ?? "";
    searchable(few, () => field.suggest, false);
    row.append(few);
    list.append(row);
    Object.assign(place, { mark, row, few });
    places.push(place);
    show(place);
    return mark;
  }
  const write = (value) => {
    pieces = value?.pieces ?? [];
    places = [];
    list.replaceChildren();
    el.hidden = !pieces.length;
    const rows = Object.fromEntries((value?.rows ?? []).map((row) => [row.number, row]));
    text.replaceChildren(
      ...pieces.map(([words, number]) =>
        number ? addPlace(words, rows[number] ?? { number }) : document.createTextNode(words),
      ),
    );
    count();
  };
  el.addEventListener("change", onChange);
  return {
    el,
    read: () => ({
      pieces,
      rows: places.map(({ number, decision, few }) => ({ number, decision, text: few.value })),
    }),
    write,
    say: (words) => (message.textContent = words ?? ""),
  };
}

// A file from this computer, read in the browser and handed to the kernel; it is kept nowhere but there.
function fileField(field, id, onChange) {
  const el = framed(field, "file", `${id}-file`);
  const input = element("input", { type: "file", id: `${id}-file`, accept: field.accept });
  const message = element("div", { class: "kw-problem", role: "alert" });
  el.append(input, message);
  let value = null;
  input.addEventListener("change", async (event) => {
    event.stopPropagation();
    const file = input.files[0];
    if (!file) return;
    if (file.size > field.largest) {
      message.textContent = `${file.name} is too large for a page. Import it with: kpi-workshop import DIR answers FILE`;
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
    value = { name: file.name, bytes: btoa(text) };
    onChange();
    value = { name: file.name, bytes: "" };
  });
  return {
    el,
    read: () => value,
    write: (given) => {
      value = given ?? null;
      if (!given) input.value = "";
    },
    say: (words) => (message.textContent = words ?? ""),
  };
}

const INTERVIEW_FIELDS = { guide: guideField, lines: linesField, places: placesField, file: fileField };
