// After a form has saved and its reader has the answer, asks the kernel to tell the other forms ("") and for the outputs
// on the page that tell of it, one after the other, so that whatever is entered meanwhile comes in between.
const LIVE = "[data-kw-live]";
const waitingOutputs = new Set();
let asking = null;
function askForOutputs(model) {
  waitingOutputs.clear();
  waitingOutputs.add("");
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
