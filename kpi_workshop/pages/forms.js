// Draws one form from what the kernel says, and tells the kernel what was typed or pressed.
const SECONDS_TO_ANSWER = 5;
const NO_ANSWER =
  "Not saved: no answer from the workshop yet. Keep this page open. If it stays so, copy what you typed and open the page again.";
const STILL_WORKING = "Still being worked out. You can read on meanwhile.";
// What was typed into a form and not yet saved when its kernel ended; in the memory of this page alone.
const unsaved = (window.kpiWorkshopUnsaved ??= {});
// Whoever leaves or reloads the page with something typed and not saved is asked first, by the browser.
const keepsDrafts = (window.kpiWorkshopKeepsDrafts ??= new Set());
window.kpiWorkshopAsks ??= addEventListener("beforeunload", (event) => {
  if (Object.keys(unsaved).some((title) => !keepsDrafts.has(title))) event.preventDefault();
}) ?? true;

export default {
  render({ model, el }) {
    let fields = [];
    let spec, form, bar, problem, versions, main, more, undo, theirs, status, last;
    let drawn = null;
    let saves = null;
    const view = Math.random().toString(36).slice(2, 9);
    let count = 0;
    let sent = "";
    let answered = "";
    let sentValues = {};
    let late = null;
    let typing = null;
    const valuesOf = (name) => fields[spec.fields.findIndex((field) => field.name === name)].read();
    const values = () => Object.fromEntries(spec.fields.map((field, at) => [field.name, fields[at].read()]));
    const typed = () => JSON.stringify(values());
    const redrawLinks = () => {
      const now = values();
      fields.forEach((field) => {
        field.draw?.();
        field.follow?.(now);
      });
    };
    // Sent while somebody types without a pause as well, and at once when the page is left.
    const keepNow = () => {
      clearTimeout(typing);
      typing = null;
      tell({ kind: "typing", values: values() });
    };
    const keepDraft = () => (typing ??= setTimeout(keepNow, 200));
    const leaving = () => typing && keepNow();

    function tell(message) {
      count += 1;
      sent = `${view}-${count}`;
      unsaved[spec.title] = sentValues = message.values;
      form.setAttribute("aria-busy", "true");
      clearTimeout(late);
      const waiting = spec.asks ? STILL_WORKING : NO_ANSWER;
      late = setTimeout(() => (status.textContent = waiting), SECONDS_TO_ANSWER * 1000);
      try {
        model.send({ ...message, number: sent });
      } catch {
        status.textContent = NO_ANSWER;
      }
    }
    const changed = () => {
      redrawLinks();
      tell({ kind: "change", values: values() });
    };
    const press = (button) => tell({ kind: "press", button, values: values() });

    function makeField(field, at) {
      const id = `kw${Math.random().toString(36).slice(2, 9)}-${at}`;
      const more = typeof INTERVIEW_FIELDS === "undefined" ? undefined : INTERVIEW_FIELDS[field.kind];
      if (more) return more(field, id, changed);
      if (field.kind === "table") return tableField(field, changed, spec.fields.length === 1, valuesOf, press);
      if (field.kind === "note") return noteField(field);
      if (field.kind === "links") return linksField(field, valuesOf);
      return plainField(field, id, changed);
    }

    function build() {
      spec = model.get("spec");
      form = element("form", { class: "kw-form", "aria-label": spec.title, "data-lm-suppress-shortcuts": "true" });
      form.noValidate = true;
      if (spec.drafts) keepsDrafts.add(spec.title);
      form.classList.toggle("kw-asks", Boolean(spec.asks));
      form.append(element("div", { class: "kw-title" }, spec.title));
      if (spec.help) form.append(element("div", { class: "kw-help" }, spec.help));
      fields = spec.fields.map(makeField);
      form.append(...fields.map((field) => field.el));
      problem = element("div", { class: "kw-problem kw-whole-form", role: "alert" });
      versions = element("div", { class: "kw-versions" });
      bar = element("div", { class: "kw-bar" });
      main = element("button", { type: "submit", class: "kw-main" }, spec.button);
      undo = element("button", { type: "button" }, "Undo");
      theirs = element("button", { type: "button" }, "Take theirs");
      more = element("button", { type: "button" });
      status = element("div", { class: "kw-status", role: "status", "aria-live": "polite" });
      undo.addEventListener("click", () => press("undo"));
      theirs.addEventListener("click", () => press("theirs"));
      more.addEventListener("click", () => press("more"));
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        press("save");
      });
      form.addEventListener("input", redrawLinks);
      if (spec.drafts) form.addEventListener("input", keepDraft);
      form.addEventListener("keydown", (event) => event.stopPropagation());
      bar.append(main, theirs, more, undo, status);
      bar.hidden = spec.looks;
      form.append(problem, versions, bar);
      el.replaceChildren(form);
      drawn = null;
      // Nothing can be typed before it is known what is recorded: it would be overwritten.
      form.inert = !last;
      if (!last) status.textContent = "Opening …";
    }

    // Both versions of what two people changed, side by side.
    function drawVersions(clashes) {
      versions.replaceChildren(
        ...clashes.map(({ what, parts }) => {
          const table = element("table", { "aria-label": `Both versions of ${what}` });
          const head = element("tr");
          head.append(...[what, "Yours", "Theirs, saved"].map((words) => element("th", { scope: "col" }, words)));
          table.append(head);
          for (const [label, mine, other] of parts) {
            const line = element("tr");
            line.append(element("th", { scope: "row" }, label), element("td", {}, mine), element("td", {}, other));
            table.append(line);
          }
          return table;
        }),
      );
    }

    function draw(state) {
      if (!state || state.revision === undefined) return;
      const isFirst = !last;
      last = state;
      form.inert = false;
      answered = state.heard;
      const isWhole = state.revision !== drawn;
      if (!sent || answered === sent) {
        clearTimeout(late);
        form.removeAttribute("aria-busy");
        if (state.status.startsWith("Not saved")) unsaved[spec.title] = values();
        else delete unsaved[spec.title];
      }
      spec.fields.forEach((field, at) => {
        if (isWhole) fields[at].write(state.values[field.name]);
        else if (sent && answered === sent) fields[at].learn?.(state.values[field.name] ?? [], sentValues[field.name]);
        fields[at].say(state.problems[field.name], state.rows[field.name]);
      });
      drawn = state.revision;
      redrawLinks();
      const isConflict = state.conflict.length > 0;
      problem.textContent = state.problem;
      drawVersions(state.conflict);
      status.textContent = state.status;
      undo.disabled = !state.undo;
      undo.hidden = isConflict || spec.asks;
      theirs.hidden = !isConflict;
      more.hidden = !state.more;
      more.textContent = state.more ?? "";
      main.textContent = isConflict ? "Keep mine" : spec.button;
      if (saves !== null && state.saves !== saves) askForOutputs(model);
      saves = state.saves;
      if (isFirst) bringBack();
    }

    // What was typed before the kernel was restarted is put back and sent again.
    function bringBack() {
      const kept = unsaved[spec.title];
      if (!kept) return;
      spec.fields.forEach((field, at) => field.name in kept && fields[at].write(kept[field.name]));
      changed();
    }

    const heard = (message) => {
      if (message.state) draw(message.state);
      if (message.told)
        spec.fields.forEach((field, at) => field.name in message.told && fields[at].told?.(message.told[field.name]));
      if ("output" in message) showOutput(model, message);
    };
    const synced = () => !spec.private && draw(model.get("state"));
    // What is offered has changed, such as the teams: what is typed stays, and so does the place.
    const rebuilt = () => {
      const kept = values();
      const controls = () => [...el.querySelectorAll("input, select, textarea, button")];
      const at = controls().indexOf(document.activeElement);
      const place = at >= 0 && document.activeElement.getAttribute("aria-label");
      build();
      draw(spec.private ? last : model.get("state"));
      spec.fields.forEach((field, at) => field.name in kept && fields[at].write(kept[field.name]));
      if (at >= 0) (controls().find((one) => place && one.ariaLabel === place) ?? controls()[at])?.focus();
    };
    build();
    addEventListener("pagehide", leaving);
    model.on("msg:custom", heard);
    model.on("change:state", synced);
    model.on("change:spec", rebuilt);
    if (spec.private) model.send({ kind: "hello" });
    else synced();
    return () => {
      leaving();
      removeEventListener("pagehide", leaving);
      clearTimeout(late);
      if (last && typed() !== JSON.stringify(last.values) && answered !== sent) unsaved[spec.title] = values();
      model.off("msg:custom", heard);
      model.off("change:state", synced);
      model.off("change:spec", rebuilt);
    };
  },
};
