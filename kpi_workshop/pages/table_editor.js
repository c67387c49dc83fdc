// A table to type and paste into. Real inputs in a real table; whatever it holds is set as text, never as markup.
const ROWS_SHOWN_AT_ONCE = 30;
const ROWS_SHOWN_ON_A_PHONE = 8;
const onAPhone = matchMedia("(max-width: 640px)");
const GROWS_BY_ITSELF = CSS.supports("field-sizing", "content");

// A cell of words is as high as what stands in it: nothing is cut off, on paper and on a phone as well.
function grow(input) {
  if (GROWS_BY_ITSELF || input.tagName !== "TEXTAREA") return;
  input.style.height = "auto";
  input.style.height = `${input.scrollHeight + 2}px`;
}

function tableEditor({ label, columns: all, noun, grows, ordered, act, act_where, onChange, onAct, valuesOf }) {
  const columns = all.filter((column) => !column.hidden);
  const unseen = all.filter((column) => column.hidden);
  const own = "kw" + Math.random().toString(36).slice(2, 9);
  const el = element("div", { class: "kw-table" });
  const table = element("table", { role: "grid", "aria-label": label });
  const head = element("thead", { role: "rowgroup" });
  const body = element("tbody", { role: "rowgroup" });
  const add = element("button", { type: "button", class: "kw-add" }, `Add ${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`);
  const count = element("div", { class: "kw-help kw-count" });
  const heading = element("tr", { role: "row" });
  const widths = element("colgroup");
  heading.append(element("th", { role: "columnheader", scope: "col", class: "kw-number" }, "#"));
  for (const column of columns) {
    const cell = element("th", { role: "columnheader", scope: "col" }, column.label);
    const help = column.help || (column.kind === "day" && !column.fixed ? "2017-12-31" : "");
    if (help) cell.append(element("span", { class: "kw-help" }, help));
    heading.append(cell);
  }
  const buttons = [...(ordered ? ["↑", "↓"] : []), ...(act ? [act] : []), ...(grows ? ["Remove"] : [])];
  if (buttons.length) {
    const last = element("th", { role: "columnheader", scope: "col" });
    last.append(element("span", { class: "kw-unseen" }, "Move or remove"));
    heading.append(last);
  }
  head.append(heading);
  table.append(widths, head, body);
  const frame = element("div", { class: "kw-rows" });
  frame.append(table);
  el.append(frame, count);
  if (grows) el.append(add);
  const rows = () => [...body.querySelectorAll("tr.kw-row")];
  const inputs = (row) => [...row.querySelectorAll(".kw-cell")];
  const read = () =>
    rows().map((row) => ({
      ...row.kwUnseen,
      ...Object.fromEntries(inputs(row).map((input, at) => [columns[at].name, input.value.replace(/\s*\n\s*/g, " ")])),
    }));

  // Days, numbers and choices get the room they need, words share the rest by what stands in them; where even that
  // is too little, the rows scroll sideways.
  const roomOf = (label) => Math.max(label.length * 0.4, ...label.split(" ").map((word) => word.length * 0.9));
  const isWords = (column) => ["text", "long"].includes(column.kind) && !(column.choices.length && !column.fixed);
  function share() {
    const shown = rows().slice(0, 60).map((row) => inputs(row).map((input) => input.value.length));
    const needs = columns.map((column, at) => {
      const held = shown.map((row) => row[at]);
      const offered = column.fixed ? [] : column.choices.map(([, words]) => Math.min(words.length + 2, 22));
      const least = column.kind === "day" ? 10 : column.kind === "text" ? (held.some((n) => n) ? 12 : 8) : 6;
      return 22 + 8.6 * Math.min(34, Math.max(least, roomOf(column.label), ...held, ...offered));
    });
    const room = (frame.clientWidth || 1108) - 8;
    const ends = buttons.length ? [36, buttons.reduce((room, word) => room + 12 + 9 * word.length, 8)] : [36];
    const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
    const words = needs.filter((_, at) => isWords(columns[at]));
    const least = words.map((need) => Math.min(need, 128));
    const fixed = sum(ends) + sum(needs) - sum(words);
    const left = Math.max(sum(least), room - fixed);
    const spare = left - sum(least);
    const more = sum(words) - sum(least);
    const part = (need) => {
      const own = Math.min(need, 128);
      return own + spare * (more ? 0.4 / words.length + (0.6 * (need - own)) / more : 1 / words.length);
    };
    const widen = words.length ? 1 : Math.max(1, (room - sum(ends)) / sum(needs));
    const each = needs.map((need, at) => (isWords(columns[at]) ? part(need) : need * widen));
    const all = [ends[0], ...each, ...ends.slice(1)];
    widths.replaceChildren(...all.map((width) => element("col", { style: `width:${Math.round(width)}px` })));
    table.style.minWidth = `${Math.floor(Math.min(sum(all), fixed + sum(least)))}px`;
    if (!GROWS_BY_ITSELF) body.querySelectorAll("textarea").forEach(grow);
  }
  new ResizeObserver(share).observe(frame);

  function setCell(input, column, text) {
    if (input.tagName === "SELECT") {
      const same = column.choices.find(
        ([value, words]) => [value, words].some((w) => w.toLowerCase() === text.trim().toLowerCase()),
      );
      if (same) text = same[0];
      else if (text !== "") input.append(element("option", { value: text }, text));
    }
    input.value = text;
    grow(input);
  }

  function makeInput(column) {
    let input;
    if (column.choices.length && !column.fixed) {
      input = element("select");
      input.append(element("option", { value: "" }, " "));
      input.options[0].value = "";
      for (const [value, words] of column.choices) {
        const option = element("option", {}, words);
        option.value = value;
        input.append(option);
      }
    } else {
      input = element(isWords(column) ? "textarea" : "input", isWords(column) ? { rows: "1" } : { type: "text" });
      input.autocomplete = "off";
      input.addEventListener("input", () => grow(input));
      const [table, name] = column.suggest_from;
      if (table) searchable(input, () => valuesOf(table).map((row) => [row[name] ?? "", ""]).filter(([word]) => word), false);
      else if (column.suggest.length && !column.fixed) searchable(input, () => column.suggest, column.pieces);
      if (column.kind === "number" || column.kind === "whole") input.inputMode = "decimal";
    }
    input.classList.add("kw-cell", `kw-is-${column.kind}`);
    if (column.fixed) input.readOnly = true;
    if (column.needed) input.setAttribute("aria-required", "true");
    return input;
  }

  function number() {
    const many = rows().length;
    const isLong = many > (onAPhone.matches ? ROWS_SHOWN_ON_A_PHONE : ROWS_SHOWN_AT_ONCE);
    frame.classList.toggle("kw-many", isLong);
    count.textContent = isLong ? `${many} rows: scroll the table to see them all.` : "";
    rows().forEach((row, at) => {
      row.querySelector(".kw-number").textContent = String(at + 1);
      row.classList.toggle("kw-empty", inputs(row).every((input) => input.value === ""));
      inputs(row).forEach((input, c) => input.setAttribute("aria-label", `${columns[c].label}, ${noun} ${at + 1}`));
      row.querySelectorAll("[data-does]").forEach((button) => {
        const does = button.dataset.does;
        button.setAttribute("aria-label", `${does} ${noun} ${at + 1}`);
        if (does === "Move up") button.disabled = at === 0;
        if (does === "Move down") button.disabled = at === many - 1;
        if (does === act && act_where) button.hidden = !row.kwUnseen[act_where];
      });
    });
  }

  function addRow(values = {}) {
    const row = element("tr", { role: "row", class: "kw-row" });
    row.kwUnseen = Object.fromEntries(unseen.map((column) => [column.name, String(values[column.name] ?? "")]));
    row.append(element("td", { role: "gridcell", class: "kw-number" }));
    columns.forEach((column, at) => {
      const isWide = column.kind === "long" || column.choices.some(([, words]) => words.length > 14);
      const cell = element("td", { role: "gridcell", "data-label": column.label, class: isWide ? "kw-wide" : "" });
      const input = makeInput(column);
      setCell(input, column, String(values[column.name] ?? ""));
      cell.append(input);
      row.append(cell);
    });
    body.append(row);
    if (!buttons.length) return row;
    const cell = element("td", { role: "gridcell", class: "kw-does" });
    const button = (words, does, press) => {
      const one = element("button", { type: "button", class: "kw-remove", "data-does": does }, words);
      one.addEventListener("click", press);
      cell.append(one);
    };
    if (ordered) {
      button("↑", "Move up", () => shift(row, -1));
      button("↓", "Move down", () => shift(row, 1));
    }
    if (act) button(act, act, () => onAct(rows().indexOf(row)));
    if (grows) button("Remove", "Remove", () => drop(row));
    row.append(cell);
    return row;
  }

  const messageOf = (row) => (row.nextElementSibling?.classList.contains("kw-message") ? row.nextElementSibling : null);

  function drop(row) {
    const near = rows()[Math.max(0, rows().indexOf(row) - 1)];
    messageOf(row)?.remove();
    row.remove();
    number();
    (near && near !== row && near.isConnected ? inputs(near)[0] : add).focus();
    onChange();
  }

  function shift(row, step) {
    const held = document.activeElement;
    const other = rows()[rows().indexOf(row) + step];
    if (!other) return;
    body.querySelectorAll("tr.kw-message").forEach((message) => message.remove());
    if (step < 0) other.before(row);
    else other.after(row);
    number();
    const stays = held && row.contains(held) && !held.disabled ? held : inputs(row)[0];
    stays.focus();
    onChange();
  }

  function addAndGo() {
    const row = addRow();
    number();
    inputs(row)[0].focus();
  }
  add.addEventListener("click", addAndGo);

  // A row that still lacks what it needs is not sent while somebody is typing in it.
  const isHalf = (row) =>
    inputs(row).some((input, at) => columns[at].needed && !input.value.trim()) && inputs(row).some((input) => input.value.trim());
  let half = null;
  const before = new WeakMap();
  // Asked once the focus has arrived where it goes.
  const sendWhenLeft = () =>
    setTimeout(() => {
      if (!half || !body.isConnected || half.contains(document.activeElement)) return;
      half = null;
      onChange();
    });
  body.addEventListener("change", (event) => {
    const row = event.target.closest("tr.kw-row");
    half = row && isHalf(row) ? row : null;
    if (half) sendWhenLeft();
    else onChange();
  });
  // With more than one line, the arrows move within the words first.
  const leaves = (input, step) =>
    input.tagName === "INPUT" ||
    (input.tagName === "TEXTAREA" &&
      (input.clientHeight < 60 || input.readOnly || input.selectionStart === (step < 0 ? 0 : input.value.length)));
  body.addEventListener("focusin", (event) => before.set(event.target, event.target.value));
  body.addEventListener("focusout", sendWhenLeft);
  body.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.classList.contains("kw-cell") || event.isComposing) return;
    if (event.key === "Escape" && input.tagName !== "SELECT" && before.has(input) && input.value !== before.get(input)) {
      event.preventDefault();
      input.value = before.get(input);
      grow(input);
      return;
    }
    const row = input.closest("tr");
    const column = inputs(row).indexOf(input);
    const at = rows().indexOf(row);
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && event.altKey && ordered) {
      event.preventDefault();
      shift(row, step);
    } else if (event.key === "Enter") {
      event.preventDefault();
      event.stopPropagation();
      if (at === rows().length - 1 && grows) addAndGo();
      else if (rows()[at + 1]) inputs(rows()[at + 1])[column].focus();
    } else if (step && leaves(input, step) && rows()[at + step]) {
      event.preventDefault();
      inputs(rows()[at + step])[column].focus();
    }
  });

  function cellsOf(text) {
    const found = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i++) {
      const line = found[found.length - 1];
      const sign = text[i];
      if (quoted) {
        if (sign === '"' && text[i + 1] === '"') line[line.length - 1] += text[++i];
        else if (sign === '"') quoted = false;
        else line[line.length - 1] += sign;
      } else if (sign === '"' && line[line.length - 1] === "") quoted = true;
      else if (sign === "\t") line.push("");
      else if (sign === "\n") found.push([""]);
      else if (sign !== "\r") line[line.length - 1] += sign;
    }
    if (found.length > 1 && found[found.length - 1].join("") === "") found.pop();
    return found;
  }

  body.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text/plain");
    if (!event.target.classList.contains("kw-cell") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const start = event.target.closest("tr");
    const left = inputs(start).indexOf(event.target);
    let top = rows().indexOf(start);
    let lines = cellsOf(text);
    const labels = columns.slice(left).map((column) => column.label.toLowerCase());
    if (lines[0].every((words, at) => words.trim().toLowerCase() === labels[at])) lines = lines.slice(1);
    for (const line of lines) {
      const row = rows()[top++] ?? (grows ? addRow() : null);
      if (!row) break;
      line.slice(0, columns.length - left).forEach((words, at) => {
        if (!columns[left + at].fixed) setCell(inputs(row)[left + at], columns[left + at], words.trim());
      });
    }
    number();
    share();
    onChange();
  });

  // In place, so that whoever is typing keeps their place.
  function write(values) {
    body.querySelectorAll("tr.kw-message").forEach((message) => message.remove());
    const there = rows();
    values.forEach((value, at) => {
      const row = there[at];
      if (!row) {
        addRow(value);
        return;
      }
      row.kwUnseen = Object.fromEntries(unseen.map((column) => [column.name, String(value[column.name] ?? "")]));
      inputs(row).forEach((input, c) => {
        const words = String(value[columns[c].name] ?? "");
        if (input.value !== words) setCell(input, columns[c], words);
      });
    });
    there.slice(values.length).forEach((row) => row.remove());
    if (!values.length && grows) addRow();
    number();
    share();
  }

  // How each row was saved, for those that are still as they were sent: nobody is disturbed who goes on typing.
  function learn(values, sent) {
    rows().forEach((row, at) => {
      const value = values[at];
      const isAsSent = value && sent[at] && inputs(row).every((input, c) => input.value === sent[at][columns[c].name]);
      if (!isAsSent) return;
      row.kwUnseen = Object.fromEntries(unseen.map((column) => [column.name, String(value[column.name] ?? "")]));
      inputs(row).forEach((input, c) => {
        const words = String(value[columns[c].name] ?? "");
        if (input.value !== words && input !== document.activeElement) setCell(input, columns[c], words);
      });
    });
  }

  function say(messages) {
    body.querySelectorAll("tr.kw-message").forEach((row) => row.remove());
    rows().forEach((row, at) => {
      const words = messages[at];
      inputs(row).forEach((input) => {
        input.toggleAttribute("aria-invalid", false);
        input.removeAttribute("aria-describedby");
      });
      if (!words || row === half) return;
      const message = element("tr", { role: "row", class: "kw-message" });
      const cell = element("td", { role: "gridcell", colspan: columns.length + 2, id: `${own}-row-${at}` }, words);
      message.append(cell);
      row.after(message);
      inputs(row).forEach((input) => {
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", cell.id);
      });
    });
  }

  return { el, read, write, learn, say };
}
