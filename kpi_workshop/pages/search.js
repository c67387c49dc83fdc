// A field to type into that offers what is known: searched by every name, chosen by keyboard, pointer or touch.
function element(tag, attributes = {}, text = null) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

const OFFERED_AT_ONCE = 8;
const plainWords = (text) => text.toLowerCase().normalize("NFD").replace(/[\u0300-\u036f]/g, "");

// How well `also`, the other names, or `word` itself fit what was typed: 0 is best, -1 not at all.
function fit(typed, word, also) {
  const asked = plainWords(typed).split(/\s+/).filter(Boolean);
  const name = plainWords(word);
  const all = `${name}, ${plainWords(also)}`;
  if (!asked.every((part) => all.includes(part))) return -1;
  const whole = asked.join(" ");
  if (name.startsWith(whole)) return 0;
  if (asked.every((part) => name.includes(part))) return 1;
  return all.includes(`, ${whole}`) ? 2 : 3;
}

function searchable(input, known, pieces) {
  const own = `kwl${Math.random().toString(36).slice(2, 9)}`;
  const list = element("ul", { class: "kw-offers", role: "listbox", id: own, "aria-label": "What is known", popover: "manual" });
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", own);
  let chosen = -1;
  const isOpen = () => input.getAttribute("aria-expanded") === "true";
  const asked = () => (pieces ? input.value.slice(input.value.lastIndexOf(",") + 1) : input.value).trim();
  const already = () => (pieces ? input.value.split(",").map((piece) => plainWords(piece.trim())) : []);

  function close() {
    if (!isOpen()) return;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    list.remove();
    chosen = -1;
  }

  function place() {
    const box = input.getBoundingClientRect();
    const below = window.innerHeight - box.bottom;
    list.style.left = `${Math.max(4, Math.min(box.left, window.innerWidth - 324))}px`;
    list.style.width = `${Math.max(320, Math.min(box.width, window.innerWidth - 8))}px`;
    list.style.top = below > 240 || below > box.top ? `${box.bottom + 2}px` : "auto";
    list.style.bottom = below > 240 || below > box.top ? "auto" : `${window.innerHeight - box.top + 2}px`;
  }

  function mark(at) {
    chosen = at;
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
    if (at < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", list.children[at].id);
      list.children[at].scrollIntoView({ block: "nearest" });
    }
  }

  function take(word) {
    const cut = pieces ? input.value.lastIndexOf(",") + 1 : 0;
    const before = input.value.slice(0, cut).trim();
    input.value = before ? `${before} ${word}` : word;
    close();
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function open() {
    const typed = asked();
    const taken = already();
    const found = known()
      .map(([word, also], at) => ({ word, also, at, how: fit(typed, word, also) }))
      .filter(({ word, how }) => how >= 0 && plainWords(word) !== plainWords(typed) && !taken.includes(plainWords(word)))
      .sort((a, b) => a.how - b.how || a.at - b.at)
      .slice(0, OFFERED_AT_ONCE);
    if (!found.length) {
      close();
      return;
    }
    list.replaceChildren(
      ...found.map(({ word, also, how }, i) => {
        const item = element("li", { role: "option", id: `${own}-${i}`, "aria-selected": "false" }, word);
        const names = also.split(", ").filter(Boolean);
        const fitting = typed ? names.filter((name) => fit(typed, name, "") >= 0) : [];
        const shown = how > 1 ? fitting.slice(0, 2) : names.slice(0, 2);
        if (shown.length) item.append(element("span", { class: "kw-help" }, shown.join(", ")));
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(word);
        });
        return item;
      }),
    );
    if (!isOpen()) {
      (input.closest(".kw-form") ?? document.body).append(list);
      if (list.showPopover) list.showPopover();
      input.setAttribute("aria-expanded", "true");
    }
    place();
    mark(-1);
  }

  input.addEventListener("input", open);
  input.addEventListener("focus", () => !asked() && known().length <= 30 && open());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step && (isOpen() || event.altKey)) {
      if (!isOpen()) open();
      const many = list.children.length;
      if (isOpen()) mark(chosen < 0 ? (step > 0 ? 0 : many - 1) : (chosen + step + many) % many);
    } else if (event.key === "Enter" && isOpen() && chosen >= 0) take(list.children[chosen].firstChild.textContent);
    else if (event.key === "Escape" && isOpen()) close();
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  });
}
