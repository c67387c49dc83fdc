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
const look = () => {
  frames();
  opened();
};
addEventListener("resize", frames);
new MutationObserver(look).observe(document.getElementById("cells"), { childList: true, subtree: true });
look();
