// One image opened: K, start, figures, palette, files. The address says which: #image=3.
"use strict";

batchquant.viewer = (() => {
  const { cards, compare, curves, detailsOf, element, labelOf, link, metrics, palettesOf, say } = batchquant;
  const at = (id) => document.getElementById(id);
  const dialog = at("viewer");
  const slider = at("k");
  const LEFT = { failed: "failed", pending: "still to do" }; // how it is said of what is not done
  let image = null; // number of the image shown, or null
  let details = null;
  let k = null; // kept from image to image, as far as there is such a variant
  let init = null;

  const ksOf = () => [...new Set(details.variants.map((v) => v.k))].sort((a, b) => a - b);
  const initsOf = () => [...new Set(details.variants.map((v) => v.init))];
  const current = () => details.variants.find((v) => v.k === k && v.init === init);

  async function open(number) {
    const card = cards[number];
    if (!card) return;
    image = number;
    const loaded = await detailsOf(number).catch(() => null);
    if (image !== number) return; // another was opened meanwhile
    if (!dialog.open) dialog.showModal();
    tellTitle(card);
    if (!loaded) return tellProblem("What belongs to this image is missing: write the page again by batchquant report.");
    details = loaded;
    chooseFirst(card);
    compare.reset();
    drawControls(ksOf());
    tellProblem(details.error, details.advice);
    tellSource(card);
    at("reach").textContent = details.reach;
    at("reach").hidden = !details.reach;
    at("sharing").textContent = `Shared by ${details.sharing}.`;
    at("sharing").hidden = !details.sharing;
    dialog.classList.toggle("nothing", details.variants.every((v) => v.status !== "done"));
    at("previous").disabled = batchquant.gallery.neighbor(number, -1) === null;
    at("next").disabled = batchquant.gallery.neighbor(number, 1) === null;
    showVariant();
  }

  // What was chosen before is kept as far as it is made of this image, too.
  function chooseFirst(card) {
    const done = details.variants.filter((v) => v.status === "done");
    const shown = done.length ? done : details.variants;
    const ks = shown.map((v) => v.k);
    if (!ks.includes(k)) k = card.best?.[0] ?? card.knee ?? nearest(ks, k ?? 8);
    const inits = shown.filter((v) => v.k === k).map((v) => v.init);
    if (!inits.includes(init)) init = inits.includes(card.best?.[1]) ? card.best[1] : inits[0];
  }

  function nearest(ks, wanted) {
    return ks.reduce((best, k) => (Math.abs(k - wanted) < Math.abs(best - wanted) ? k : best));
  }

  function tellTitle(card) {
    const [name, path] = batchquant.partsOf(card);
    const title = at("viewer-title");
    const folder = element("span", { className: "path" }, element("bdi", { dir: "ltr" }, path));
    title.replaceChildren(element("span", { className: "name" }, name), " ", folder);
    title.title = labelOf(card);
    title.focus();
  }

  function tellProblem(error, advice) {
    at("problem").hidden = !error;
    at("problem").replaceChildren(...(error ? [element("strong", {}, error), element("span", {}, advice || "")] : []));
  }

  function drawControls(ks) {
    slider.max = ks.length - 1;
    slider.disabled = ks.length < 2;
    at("k-ticks").replaceChildren(...(ks.length > 40 ? [] : ks.map((_, i) => element("option", { value: i }))));
    const starts = at("starts");
    const choices = initsOf().map((name) => {
      const radio = element("input", { type: "radio", name: "init", value: name });
      radio.addEventListener("change", () => choose(k, name));
      return element("label", {}, radio, element("span"));
    });
    starts.replaceChildren(starts.querySelector("legend"), ...choices);
  }

  function choose(newK, newInit) {
    k = newK;
    init = newInit;
    showVariant();
  }

  function showVariant() {
    const card = cards[image];
    const variant = current();
    const ks = ksOf();
    const isDone = variant.status === "done";
    const note = LEFT[variant.status] ?? (k === card.knee ? "knee" : "");
    slider.value = ks.indexOf(k);
    slider.setAttribute("aria-valuetext", isDone ? `K ${k}` : `K ${k}, ${note}`);
    at("k-level").replaceChildren(String(k), ...(note ? [" ", element("span", { className: "faint" }, note)] : []));
    tellStarts();
    const picture = isDone && variant.shown !== null ? variant.files[variant.shown][1] : null;
    compare.show(card, details.preview, picture, `K ${k}, ${init}`, picture ? [] : tellMissing(variant));
    at("facts").replaceChildren(...facts(variant));
    at("links").replaceChildren(...links(isDone ? variant.files : []));
    curves.show(at("curves"), card, details.variants, { k, init }, choose);
    showPalette(variant);
  }

  // Which start is chosen, and which are not made with this K.
  function tellStarts() {
    for (const radio of at("starts").querySelectorAll("input")) {
      const { status } = details.variants.find((v) => v.k === k && v.init === radio.value);
      const note = LEFT[status] ? [" ", element("small", {}, LEFT[status])] : [];
      radio.checked = radio.value === init;
      radio.nextSibling.replaceChildren(radio.value, ...note);
    }
  }

  // Why there is no picture to look at.
  function tellMissing(variant) {
    if (variant.status === "pending") return ["Still to do."];
    if (variant.status === "failed") return [details.error];
    const made = variant.files.slice(0, variant.nPictures);
    const nouns = made.map(([noun]) => noun).join(" and ");
    return made.length ? [`Made as ${nouns} only: `, anchor(made[0][1], "open it")] : ["No picture of this variant."];
  }

  function rows(pairs) {
    return pairs
      .filter(([, text]) => text)
      .map(([name, text]) => element("div", {}, element("dt", {}, name), element("dd", {}, text)));
  }

  // Of variants that were made before there was a metric nothing is known of it.
  const tellFigure = (metric, value) => (value === undefined ? "" : say.figure(metric, value));

  function facts(variant) {
    if (variant.status !== "done") return rows([["status", LEFT[variant.status]]]);
    return rows([
      ...metrics.map((metric) => [metric.title, tellFigure(metric, variant.figures[metric.name])]),
      ["colors", say.count(variant.nColors)],
      ["inertia", say.large(variant.inertia)],
      ["inertia of all", variant.sharedInertia === null ? "" : say.large(variant.sharedInertia)],
      ["iterations", say.count(variant.nIter) + (variant.converged ? "" : ", not at rest")],
      ["seed", String(variant.seed)],
    ]);
  }

  const anchor = (path, text) => element("a", { href: link(path), target: "_blank", rel: "noopener" }, text);

  function links(files) {
    return [
      ...files.map(([noun, path, size]) => anchor(path, `${noun}, ${say.bytes(size)}`)),
      ...(details.best ? [anchor(details.best, `Best for ${cards[image].target}`)] : []),
      ...details.sheets.map((path) => anchor(path, `Contact sheet, ${path.replace(/^.*\./, "").toUpperCase()}`)),
    ];
  }

  function tellSource(card) {
    const pixels = card.aspect === 1 ? "pixels" : "pixels that are not square";
    const size = card.width === null ? "" : `${say.count(card.width)} × ${say.count(card.height)} ${pixels}`;
    at("source").replaceChildren(...rows([
      ["size", size],
      ["colors", details.colors === null ? "" : say.count(details.colors)],
      ["format", details.source],
      ["notes", details.notes],
    ]));
  }

  async function showPalette(variant) {
    const list = at("palette");
    const note = at("palette-note");
    const palettes = details.palettes ? await palettesOf(details.palettes).catch(() => null) : null;
    if (variant !== current()) return;
    const colors = palettes?.[`${variant.k} ${variant.init}`];
    note.textContent = colors ? "click copies" : "see the palette files or the picture";
    list.parentElement.hidden = variant.status !== "done";
    list.replaceChildren(...(colors ? swatches(colors) : []));
  }

  function swatches(colors) {
    const total = colors.reduce((sum, [, pixels]) => sum + pixels, 0);
    return colors.map(([hex, pixels, name]) => {
      const share = say.percent(pixels / total);
      const patch = element("span", { className: "patch" });
      patch.style.background = hex;
      const button = element(
        "button",
        { type: "button", title: name ? `${name}: copy ${hex}` : `Copy ${hex}` },
        patch,
        element("span", { className: "hex" }, hex),
        element("span", { className: "share" }, name ? `${share} · ${name}` : share),
      );
      button.addEventListener("click", () => copy(hex));
      return element("li", {}, button);
    });
  }

  async function copy(text) {
    const toast = at("toast");
    try {
      await navigator.clipboard.writeText(text);
      toast.textContent = `Copied ${text}`;
    } catch {
      toast.textContent = `The browser does not let pages copy: ${text}`;
    }
    toast.classList.add("shown");
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => toast.classList.remove("shown"), 2000);
  }

  function go(step) {
    const number = batchquant.gallery.neighbor(image, step);
    if (number !== null) location.replace(`#image=${number}`);
  }

  function follow() {
    const match = location.hash.match(/^#image=(\d+)$/);
    if (match) open(Number(match[1]));
    else if (dialog.open) dialog.close();
  }

  slider.addEventListener("input", () => choose(ksOf()[Number(slider.value)], init));
  at("previous").addEventListener("click", () => go(-1));
  at("next").addEventListener("click", () => go(1));
  at("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const number = image;
    image = null;
    if (location.hash.startsWith("#image=")) history.replaceState(null, "", location.pathname + location.search);
    document.querySelector(`.cards a[href="#image=${number}"]`)?.focus();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = { n: () => go(1), p: () => go(-1), "+": () => compare.zoomBy(1), "-": () => compare.zoomBy(-1), 0: compare.fit };
    actions[event.key]?.();
  });
  window.addEventListener("hashchange", follow);
  batchquant.onCards(() => image === null && follow());
  return { open };
})();
