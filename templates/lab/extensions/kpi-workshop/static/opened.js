// In `kpi-workshop lab`: a page of the workshop runs when it is opened, and again after its kernel was restarted, so
// that nobody has to know what a cell is. JupyterLab takes this file as it is; it is built by nothing.
(() => {
  const NAME = "kpi-workshop";
  const PAGE = /(^|\/)0\d_[^/]*\.ipynb$/;
  const TRIES = 200;
  const known = new WeakSet();
  // Folded code is out of sight; "View, Expand All Code" brings it back.
  const STYLE = `
    .kw-page .jp-CodeCell .jp-Cell-inputWrapper:has(> .jp-Placeholder, .jp-InputPlaceholder) { display: none; }
    .kw-page .jp-OutputPrompt, .kw-page .jp-InputPrompt { visibility: hidden; }
    .kw-page .jp-CodeCell:not(:has(.jp-OutputArea-output)):has(.jp-Placeholder) { height: 0; min-height: 0; padding: 0; overflow: hidden; }
    .kw-page .jp-showHiddenCellsButton { font-size: 0; }
    .kw-page .jp-showHiddenCellsButton::after { content: "Show this part"; font-size: 14px; }
  `;

  function activate(app) {
    document.head.append(Object.assign(document.createElement("style"), { textContent: STYLE }));
    const isPage = (panel) => panel?.sessionContext && panel.context && PAGE.test(panel.context.path ?? "");
    const scroller = (panel) => panel.node.querySelector(".jp-WindowedPanel-outer");

    const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));
    const canRun = (panel) => panel.sessionContext.session?.kernel && app.shell.currentWidget === panel;
    const hasRun = (panel) =>
      panel.content.widgets.every(({ model }) => model.type !== "code" || model.executionCount !== null);

    // Running goes to the last cell; a page stays where its reader is.
    async function run(panel) {
      const outer = scroller(panel);
      const [at, cell] = [outer?.scrollTop ?? 0, panel.content.activeCellIndex];
      const stay = () => {
        panel.content.activeCellIndex = cell;
        if (outer) outer.scrollTop = at;
      };
      for (let tried = 0; tried < TRIES && !panel.isDisposed; tried += 1) {
        if (canRun(panel)) {
          const done = app.commands.execute("notebook:run-all-cells");
          await pause(100);
          stay();
          await done;
          stay();
          if (hasRun(panel)) return;
        }
        await pause(tried < 40 ? 250 : 2000);
      }
    }

    async function opened(panel) {
      if (!isPage(panel) || known.has(panel)) return;
      known.add(panel);
      panel.node.classList.add("kw-page");
      await panel.context.ready;
      await panel.sessionContext.ready;
      let isNew = false;
      panel.sessionContext.statusChanged.connect((_, status) => {
        if (status === "restarting" || status === "autorestarting" || status === "dead") isNew = true;
        else if (status === "idle" && isNew) {
          isNew = false;
          run(panel);
        }
      });
      run(panel);
    }

    app.restored.then(() => {
      app.shell.currentChanged?.connect((_, { newValue }) => opened(newValue));
      opened(app.shell.currentWidget);
    });
  }

  const plugin = { id: `${NAME}:opened`, autoStart: true, activate };
  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = { init: () => {}, get: async () => () => ({ __esModule: true, default: plugin }) };
})();
