// Draws which activity should move which metric, while both are typed: two columns and a line for each link.
const LINK = { width: 720, left: 250, right: 470, row: 44 };
function linksField(field, valuesOf) {
  const space = "http://www.w3.org/2000/svg";
  const el = element("div", { class: "kw-field kw-links" });
  el.append(element("div", { class: "kw-label" }, field.label));
  if (field.help) el.append(element("div", { class: "kw-help" }, field.help));
  const frame = element("div", { class: "kw-links-frame", tabindex: "0", role: "group", "aria-label": field.label });
  const words = element("p", { class: "kw-help" });
  el.append(frame, words);

  const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text);
  const same = (one, other) => one.trim().toLowerCase() === other.trim().toLowerCase();
  function part(tag, attributes, text = null) {
    const one = document.createElementNS(space, tag);
    for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
    if (text !== null) one.textContent = text;
    return one;
  }
  function told({ direction, size, delay_weeks: weeks }) {
    const much = size ? ` ${direction === "down" ? "−" : "+"}${size} %` : "";
    return `${direction === "down" ? "↓" : "↑"}${much}${weeks ? `, ${weeks} wk` : ""}`;
  }

  function draw() {
    const [from, to] = field.draws.map((name) => valuesOf(name));
    const metrics = to.map((row) => row.metric ?? "").filter((name) => name.trim());
    const links = from.filter((row) => (row.activity ?? "").trim());
    el.hidden = !metrics.length && !links.length;
    const many = Math.max(metrics.length, links.length, 1);
    const high = many * LINK.row + 8;
    const y = (at, of) => high * ((at + 0.5) / of);
    const picture = part("svg", { viewBox: `0 0 ${LINK.width} ${high}`, width: LINK.width, height: high, role: "img" });
    const ends = [];
    metrics.forEach((name, at) => {
      const moved = links.some((link) => same(link.moves ?? "", name));
      picture.append(part("text", { x: LINK.right + 12, y: y(at, metrics.length), class: moved ? "kw-node" : "kw-alone" }, cut(name, 28)));
      ends.push([name, y(at, metrics.length)]);
    });
    links.forEach((link, at) => {
      const here = y(at, links.length);
      const end = ends.find(([name]) => same(name, link.moves ?? ""));
      picture.append(part("text", { x: LINK.left - 12, y: here, "text-anchor": "end", class: end ? "kw-node" : "kw-alone" }, cut(link.activity, 28)));
      if (!end) return;
      const there = end[1];
      const middle = (LINK.left + LINK.right) / 2;
      picture.prepend(part("path", { d: `M${LINK.left} ${here} C${middle} ${here} ${middle} ${there} ${LINK.right - 9} ${there}`, class: "kw-link" }));
      picture.append(part("path", { d: `M${LINK.right - 10} ${there - 5} L${LINK.right} ${there} L${LINK.right - 10} ${there + 5} Z`, class: "kw-head" }));
      picture.append(part("text", { x: LINK.left + 8, y: here - 9, class: "kw-told" }, told(link)));
    });
    const sentences = links.map((link) => {
      const end = metrics.find((name) => same(name, link.moves ?? ""));
      if (!end) return `${link.activity} does not name a metric above yet.`;
      const size = link.size ? ` by ${link.size} %` : "";
      const weeks = link.delay_weeks ? ` after ${link.delay_weeks} weeks` : "";
      return `${link.activity} should move ${end} ${link.direction === "down" ? "down" : "up"}${size}${weeks}.`;
    });
    metrics.forEach((name) => {
      if (!links.some((link) => same(link.moves ?? "", name))) sentences.push(`Nothing moves ${name} yet.`);
    });
    picture.setAttribute("aria-label", sentences.join(" "));
    words.textContent = sentences.filter((one) => / yet\.$/.test(one)).join(" ");
    frame.replaceChildren(picture);
  }
  return { el, read: () => "", write: draw, say: () => {}, draw };
}
