// After a form has saved, asks the kernel for the outputs on the page that tell of it, one after the other.
const LIVE = "[data-kw-live]";
const waitingOutputs = new Set();
let asking = null;
function askForOutputs(model) {
  document.querySelectorAll(LIVE).forEach((output) => waitingOutputs.add(output.dataset.kwLive));
  clearTimeout(asking);
  asking = setTimeout(() => askForNext(model), 350);
}
function askForNext(model) {
  const [next] = waitingOutputs;
  if (next === undefined) return;
  waitingOutputs.delete(next);
  model.send({ kind: "look", output: next });
}
function showOutput(model, { output, html }) {
  if (html !== null) {
    const drawn = new DOMParser().parseFromString(html, "text/html").body;
    const inner = drawn.querySelector(LIVE) ?? drawn;
    document.querySelectorAll(LIVE).forEach((there) => {
      if (there.dataset.kwLive === output) there.replaceChildren(...inner.cloneNode(true).childNodes);
    });
  }
  asking = setTimeout(() => askForNext(model), 50);
}
