// All K of a picture at once, in tiles that are zoomed and moved as one; one that is clicked is chosen.
"use strict";

batchquant.grid = (() => {
  const { compare, element, link, metricOf, say, zoom } = batchquant;
  const grid = document.getElementById("all-k");
  const LEAST = 110; // pixels across a tile: of more tiles than have room, the rest is scrolled to
  let form = 1; // height of the picture by its width
  let drawn = ""; // what the tiles show
  let choose = () => {};

  // Shows the variants of one start in the order of K, behind the original.
  function show(preview, variants, current, listener) {
    choose = listener;
    const own = variants.filter(({ init }) => init === current.init).sort((a, b) => a.k - b.k);
    const wanted = JSON.stringify([preview, own.map(({ k, status, files }) => [k, status, files])]);
    if (drawn !== wanted) grid.replaceChildren(original(preview), ...own.map(tileOf));
    drawn = wanted;
    for (const tile of grid.querySelectorAll("button")) {
      tile.setAttribute("aria-pressed", String(Number(tile.dataset.k) === current.k));
    }
    arrange();
  }

  function original(preview) {
    const tile = element("div", { className: "tile" }, ...contents(preview, "original"));
    const image = tile.querySelector("img");
    image?.addEventListener("load", () => (tile.lastChild.textContent = compare.nameOfOriginal(image)));
    return tile;
  }

  function tileOf({ k, init, status, figures, files, shown }) {
    const isDone = status === "done";
    const source = isDone && shown !== null ? link(files[shown][1]) : null;
    const level = isDone && figures.psnr_db !== undefined ? say.figure(metricOf("psnr_db"), figures.psnr_db) : "";
    const left = isDone ? level : { failed: "failed", pending: "still to do" }[status];
    const name = [`K ${k}`, left].filter(Boolean).join(" · ");
    const tile = element("button", { type: "button", className: "tile" }, ...contents(source, name));
    tile.dataset.k = k;
    tile.addEventListener("click", () => choose(k, init));
    return tile;
  }

  function contents(source, name) {
    const image = source ? [element("img", { src: source, alt: "", loading: "lazy", draggable: false })] : [];
    const pictures = element("span", { className: "pictures" }, ...image);
    return [element("span", { className: "window" }, pictures), element("span", { className: "side" }, name)];
  }

  // As many columns as let the picture be largest.
  function arrange() {
    const { clientWidth: across, clientHeight: down } = grid.parentElement;
    const n = grid.childElementCount;
    const widthOf = (columns) => Math.min(across / columns, down / Math.ceil(n / columns) / form);
    const all = Array.from({ length: n }, (_, place) => place + 1);
    const best = all.reduce((a, b) => (widthOf(b) > widthOf(a) ? b : a), 1);
    const isWhole = widthOf(best) >= Math.min(LEAST, LEAST / form);
    const columns = isWhole ? best : Math.max(1, Math.floor(across / LEAST));
    const row = isWhole ? down / Math.ceil(n / columns) : Math.min(down, Math.max(LEAST / 2, (form * across) / columns));
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    grid.style.gridAutoRows = `${row}px`;
    grid.classList.toggle("scrolls", !isWhole);
    zoom.layOut();
  }

  function setForm({ width, height, aspect }) {
    form = (height || 1) / (width || 1) / aspect ** 2 || 1;
  }

  const isScrolled = () => grid.clientWidth > 0 && grid.classList.contains("scrolls");
  new ResizeObserver(() => grid.clientWidth && arrange()).observe(grid.parentElement);
  return { show, setForm, isScrolled };
})();
