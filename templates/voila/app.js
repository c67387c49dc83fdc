// A wide picture or table scrolls inside its own frame, and the keyboard can reach it.
const frames = () =>
  document.querySelectorAll(".output").forEach((frame) => {
    const isWide = frame.scrollWidth > frame.clientWidth + 1;
    if (isWide && !frame.hasAttribute("tabindex")) {
      frame.tabIndex = 0;
      frame.setAttribute("role", "group");
      frame.setAttribute("aria-label", "Wide content: scroll sideways");
    } else if (!isWide && frame.hasAttribute("tabindex")) {
      ["tabindex", "role", "aria-label"].forEach((name) => frame.removeAttribute(name));
    }
  });

// The page is open when every form is in its place; until then a form's place says nothing of widgets.
const opened = () => {
  const places = [...document.querySelectorAll(".output.form")];
  const isDrawn = (place) => place.querySelector("form, p, table");
  places.forEach((place) => place.classList.toggle("waiting", !isDrawn(place)));
  if (places.every(isDrawn)) document.getElementById("opening")?.remove();
};

// The questions of a long page, always in reach, with the one that is being read.
const QUESTIONS_WORTH_A_LIST = 4;
const contents = document.getElementById("contents");
const list = contents.querySelector("ol");
const questions = () => [...document.querySelectorAll("#cells .prose h2[id]")];
const asked = (heading) => heading.firstChild.textContent.trim();
const listed = () => {
  const found = questions();
  if (found.length === list.children.length) return;
  contents.hidden = found.length < QUESTIONS_WORTH_A_LIST;
  list.replaceChildren(
    ...found.map((heading) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `#${encodeURIComponent(heading.id)}`;
      link.textContent = asked(heading);
      line.append(link);
      return line;
    }),
  );
};
const reading = () => {
  const now = questions().findLast((heading) => heading.getBoundingClientRect().top < 90);
  contents.querySelector("span").textContent = now ? `: ${asked(now)}` : "";
};
const shut = () => (contents.querySelector("details").open = false);
list.addEventListener("click", shut);
contents.addEventListener("keydown", (event) => event.key === "Escape" && shut());
addEventListener("scroll", reading, { passive: true });

const look = () => {
  frames();
  opened();
  listed();
};
addEventListener("resize", frames);
document.addEventListener("toggle", frames, true);

// A question that is folded away opens when it is gone to, and all of them on paper.
const unfold = () => {
  const section = document.getElementById(decodeURIComponent(location.hash.slice(1)))?.closest("details.section");
  if (section) section.open = true;
};
addEventListener("hashchange", unfold);
addEventListener("beforeprint", () => document.querySelectorAll("details.section").forEach((part) => (part.open = true)));
new MutationObserver(look).observe(document.getElementById("cells"), { childList: true, subtree: true });
look();
