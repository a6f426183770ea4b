// How large an opened picture is shown, and which part of it: the same in all windows that show it.
"use strict";

batchquant.zoom = (() => {
  const at = (id) => document.getElementById(id);
  const [stage, pane] = [at("stage"), at("pane")];
  const STEPS = [0.25, 0.5, 1, 2, 4, 8, 16];
  const MOST = STEPS.at(-1);
  const MOST_FITTING = 8; // small pictures are enlarged, but no further
  const STACKED = 1.4; // times as large two windows show a picture below each other, for them not to be beside
  const CENTER = { x: 0.5, y: 0.5 };
  let size = { width: 1, height: 1 }; // in square pixels
  let chosen = null; // scale; null: as large as fits
  let middle = CENTER; // what is in the middle of a window, as shares of the picture

  // Windows are as large as one another; a page that is not shown has none.
  function room() {
    const shown = [...pane.querySelectorAll(".window")].find((each) => each.clientWidth) ?? pane;
    return { width: shown.clientWidth, height: shown.clientHeight };
  }

  function fitting() {
    const { width, height } = room();
    return Math.min(width / size.width, height / size.height, MOST_FITTING) || 1;
  }

  const scale = () => chosen ?? fitting();

  // Where a side begins in a window: in its middle if there is room, else no edge comes inside.
  function begin(length, within, share) {
    if (length <= within) return (within - length) / 2;
    return Math.min(0, Math.max(within - length, within / 2 - share * length));
  }

  // Two windows are beside each other, unless below each other there is much more room.
  function stack() {
    const { clientWidth: across, clientHeight: down } = pane;
    const fits = (width, height) => Math.min(width / size.width, height / size.height);
    stage.classList.toggle("stacked", fits(across, down / 2) > STACKED * fits(across / 2, down));
  }

  function layOut() {
    stack();
    const { width, height } = room();
    const [across, down] = [size.width * scale(), size.height * scale()];
    const [left, top] = [begin(across, width, middle.x), begin(down, height, middle.y)];
    middle = { x: (width / 2 - left) / across, y: (height / 2 - top) / down };
    const told = { width: across, height: down, left: Math.round(left), top: Math.round(top) };
    for (const [name, length] of Object.entries(told)) pane.style.setProperty(`--${name}`, `${length}px`);
    pane.classList.toggle("pixels", scale() > 1);
    pane.classList.toggle("zoomed", isLarger());
    at("zoom-level").textContent = `${Math.round(100 * scale())} %`;
    at("zoom-fit").setAttribute("aria-pressed", String(chosen === null));
  }

  // Whether there is more of the picture than a window shows.
  const isLarger = () => chosen !== null && chosen > fitting() * 1.001;

  // Sets the scale; what is at a point of a window, in pixels from its middle, stays there.
  function zoomTo(wanted, point = { x: 0, y: 0 }) {
    const [before, after] = [scale(), Math.min(wanted, MOST)];
    const moved = 1 / before - 1 / after;
    chosen = after;
    middle = { x: middle.x + (point.x * moved) / size.width, y: middle.y + (point.y * moved) / size.height };
    layOut();
  }

  // Smaller than it fits, and than it is, no picture becomes by a wheel or fingers.
  function zoomFreely(wanted, point) {
    const least = Math.min(fitting(), 1);
    if (wanted > least) zoomTo(wanted, point);
    else if (least === fitting()) fit();
    else zoomTo(least, point);
  }

  function zoomBy(step) {
    const now = scale();
    const next = step > 0 ? STEPS.find((s) => s > now * 1.01) : STEPS.findLast((s) => s < now / 1.01);
    if (next) zoomTo(next);
  }

  function fit() {
    chosen = null;
    middle = CENTER;
    layOut();
  }

  // Moves the picture by pixels of the screen.
  function panBy(x, y) {
    middle = { x: middle.x - x / (size.width * scale()), y: middle.y - y / (size.height * scale()) };
    layOut();
  }

  // By shares of a window, as keys do.
  function panByShares(x, y) {
    const { width, height } = room();
    panBy(x * width, y * height);
  }

  const toggle = (point) => (chosen === null ? zoomTo(1, point) : fit());

  function show(shown) {
    size = shown;
    layOut();
  }

  at("zoom-in").addEventListener("click", () => zoomBy(1));
  at("zoom-out").addEventListener("click", () => zoomBy(-1));
  at("zoom-fit").addEventListener("click", fit);
  new ResizeObserver(layOut).observe(pane);
  return { show, layOut, scale, isLarger, zoomTo, zoomFreely, zoomBy, fit, panBy, panByShares, toggle };
})();
