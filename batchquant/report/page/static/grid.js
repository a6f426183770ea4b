// All K of a picture at once, in tiles that are zoomed and moved as one; one that is clicked is chosen.
"use strict";

batchquant.grid = (() => {
  const { cards, compare, element, link, metricOf, nameOfJob, say, zoom } = batchquant;
  const grid = document.getElementById("all-k");
  const LEAST = 110; // pixels across a tile: of more tiles than have room, the rest is scrolled to
  const HEADING = 28; // pixels of what a row is called
  let form = 1; // height of the picture by its width
  let drawn = ""; // what the tiles show
  let lengths = []; // of the rows
  let choose = () => {};

  // Shows what each job made with one start, in the order of K, behind the original; rows have number and variants.
  function show(preview, rows, current, listener) {
    choose = listener;
    const wanted = rows.map(({ number, variants }) => ({ number, variants: ofOneStart(variants, current.init) }));
    const told = JSON.stringify([preview, wanted]);
    if (drawn !== told) draw(preview, wanted);
    drawn = told;
    for (const tile of grid.querySelectorAll("button")) {
      const { number, k } = tile.dataset;
      tile.setAttribute("aria-pressed", String(Number(number) === current.number && Number(k) === current.k));
    }
    arrange();
  }

  // Of a job that was not made with the start, the first that it was made with.
  function ofOneStart(variants, init) {
    const wished = variants.some((each) => each.init === init) ? init : variants[0]?.init;
    return variants.filter((each) => each.init === wished).sort((a, b) => a.k - b.k);
  }

  function draw(preview, rows) {
    lengths = rows.map(({ variants }) => variants.length + 1);
    const parts = rows.flatMap(({ number, variants }) => {
      const tiles = [original(preview), ...variants.map((variant) => tileOf(number, variant))];
      if (rows.length === 1) return tiles;
      const named = `${nameOfJob(cards[number])}, ${variants[0]?.init ?? "nothing made"}`;
      return [element("p", { className: "row-name" }, named), ...tiles];
    });
    grid.replaceChildren(...parts);
  }

  function original(preview) {
    const tile = element("div", { className: "tile" }, ...contents(preview, "original"));
    const image = tile.querySelector("img");
    image?.addEventListener("load", () => (tile.title = compare.nameOfOriginal(image)));
    return tile;
  }

  function tileOf(number, { k, init, status, figures, files, shown }) {
    const isDone = status === "done";
    const source = isDone && shown !== null ? link(files[shown][1]) : null;
    const level = isDone && figures.psnr_db !== undefined ? say.figure(metricOf("psnr_db"), figures.psnr_db) : "";
    const left = isDone ? level : { failed: "failed", pending: "still to do" }[status];
    const name = [`K ${k}`, left].filter(Boolean).join(" · ");
    const tile = element("button", { type: "button", className: "tile" }, ...contents(source, name));
    Object.assign(tile.dataset, { number, k });
    tile.addEventListener("click", () => choose(number, k, init));
    return tile;
  }

  function contents(source, name) {
    const image = source ? [element("img", { src: source, alt: "", loading: "lazy", draggable: false })] : [];
    const pictures = element("span", { className: "pictures" }, ...image);
    return [element("span", { className: "window" }, pictures), element("span", { className: "side" }, name)];
  }

  // As many columns as let the picture be largest; where jobs have rows, each is whole if there is room.
  function arrange() {
    const headings = lengths.length > 1 ? lengths.length : 0;
    const { clientWidth: across } = grid.parentElement;
    const down = grid.parentElement.clientHeight - HEADING * headings;
    const linesOf = (columns) => lengths.reduce((sum, length) => sum + Math.ceil(length / columns), 0);
    const widthOf = (columns) => Math.min(across / columns, down / linesOf(columns) / form);
    const all = Array.from({ length: Math.max(1, ...lengths) }, (_, place) => place + 1);
    const best = all.reduce((a, b) => (widthOf(b) > widthOf(a) ? b : a), 1);
    const isWhole = widthOf(best) >= Math.min(LEAST, LEAST / form);
    const columns = isWhole ? best : Math.max(1, Math.min(all.length, Math.floor(across / LEAST)));
    const width = isWhole ? widthOf(best) : across / columns;
    const height = isWhole ? width * form : Math.min(down, Math.max(LEAST / 2, form * width));
    const rows = lengths.map((length) => {
      return `${headings ? `${HEADING}px ` : ""}repeat(${Math.ceil(length / columns)}, ${height}px)`;
    });
    grid.style.gridTemplateColumns = `repeat(${columns}, ${width}px)`;
    grid.style.gridTemplateRows = rows.join(" ");
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
