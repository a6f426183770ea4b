// Single keys, as galleries have them: for an opened picture, and ? for all of the page.
"use strict";

(() => {
  const { compare, view, viewer, zoom } = batchquant;
  const at = (id) => document.getElementById(id);
  const [dialog, help] = [at("viewer"), at("help")];
  const FIELDS = "input:not([type=range], [type=radio]), textarea, select";
  const MOVED = "input, select, textarea, [role=slider]"; // by arrows
  const PANNED = 0.2; // of a window
  const ARROWS = {
    ArrowLeft: () => viewer.go(-1),
    ArrowRight: () => viewer.go(1),
    ArrowUp: () => viewer.stepK(1),
    ArrowDown: () => viewer.stepK(-1),
  };
  const PANS = { // of a picture that is larger than its window
    ArrowLeft: () => zoom.panByShares(PANNED, 0),
    ArrowRight: () => zoom.panByShares(-PANNED, 0),
    ArrowUp: () => zoom.panByShares(0, PANNED),
    ArrowDown: () => zoom.panByShares(0, -PANNED),
  };
  const LETTERS = {
    n: () => viewer.go(1),
    p: () => viewer.go(-1),
    "+": () => zoom.zoomBy(1),
    "-": () => zoom.zoomBy(-1),
    0: zoom.fit,
    f: zoom.fit,
    1: () => zoom.zoomTo(1),
    b: () => view.toggle("turns"),
    s: () => view.toggle("beside"),
    d: () => view.toggle("difference-8"),
    g: () => view.toggle("grid"),
    x: viewer.pick,
  };

  const isPlain = (event) => !(event.ctrlKey || event.metaKey || event.altKey);

  // What has the focus and would want a key has it.
  function actionOf({ key, target }) {
    if (target.matches(FIELDS)) return undefined;
    if (key in LETTERS) return LETTERS[key];
    if (target === at("pane") && zoom.isLarger() && key in PANS) return PANS[key];
    const scrolls = target === at("panel") && key.match(/Up|Down/);
    return scrolls || target.closest(MOVED) ? undefined : ARROWS[key];
  }

  dialog.addEventListener("keydown", (event) => {
    if (!isPlain(event) || help.open) return;
    if (event.key === " " && !event.target.closest(`${MOVED}, button, a`)) {
      event.preventDefault();
      compare.peek(true);
      return;
    }
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  });
  dialog.addEventListener("keyup", (event) => event.key === " " && compare.peek(false));
  window.addEventListener("blur", () => compare.peek(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "?" && isPlain(event) && !event.target.matches(FIELDS) && !help.open) help.showModal();
  });
  at("help-close").addEventListener("click", () => help.close());
  at("help-open").addEventListener("click", () => help.showModal());
})();
