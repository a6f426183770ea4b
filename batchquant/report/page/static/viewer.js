// One picture opened: what stands on both sides of the divider, with K, start, figures, palette, files.
"use strict";

batchquant.viewer = (() => {
  const { address, cards, compare, curves, element, grid, labelOf, link, metrics, palette, picks, say, sides, view } = batchquant;
  const at = (id) => document.getElementById(id);
  const dialog = at("viewer");
  const slider = at("k");
  const LEFT = { failed: "failed", pending: "still to do" }; // how it is said of what is not done
  const NAMES = ["left", "right"];
  let image = null; // number of the picture shown, or null
  let active = "right"; // the side that is chosen for
  let isReady = false; // whether there is something to choose from

  const isOriginal = (name) => sides.sides[name] === "original";
  // The side whose variant is told of: the active one, unless that shows the original.
  const told = () => (isOriginal(active) ? NAMES.find((name) => !isOriginal(name)) : active);
  const variants = () => sides.detailsFor(told()).variants;
  const ksOf = () => [...new Set(variants().map((v) => v.k))].sort((a, b) => a - b);
  const initsOf = () => [...new Set(variants().map((v) => v.init))];

  async function open({ image: number, ...wishes }) {
    const card = cards[number];
    if (!card) return;
    const isOther = image !== number;
    image = number;
    isReady = false;
    const isOpen = await sides.open(number, wishes).catch(() => null);
    if (image !== number || isOpen === false) return; // another was asked for meanwhile
    if (!dialog.open) dialog.showModal();
    tellTitle(card);
    if (!isOpen) return tellProblem("What belongs to this picture is missing: write the page again by batchquant report.");
    if (isOriginal("left") && isOriginal("right")) await sides.show("right", number);
    if (isOther) compare.reset();
    if (wishes.view) view.choose(wishes.view);
    active = isOriginal("right") ? "left" : "right";
    at("previous").disabled = batchquant.gallery.neighbor(number, -1) === null;
    at("next").disabled = batchquant.gallery.neighbor(number, 1) === null;
    isReady = true;
    show();
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

  function show() {
    const both = NAMES.map((name) => sides.told(name, image));
    history.replaceState(null, "", address.write(image, ...both, view.chosen()));
    const seen = NAMES.map((name) => seenOn(name));
    compare.show(cards[image], sides.previewOf(image), ...seen);
    view.tell();
    tellSides();
    const name = told();
    const { number, k, init } = sides.sides[name];
    grid.setForm(cards[image]);
    if (view.current() === "grid") grid.show(sides.previewOf(image), variants(), { k, init }, choose);
    tellVariant(name, cards[number], sides.variantOf(sides.sides[name]));
  }

  // What a side shows: a picture, what it is called, and why there is none.
  function seenOn(name) {
    if (isOriginal(name)) return { name: "original" };
    const side = sides.sides[name];
    const variant = sides.variantOf(side);
    const isDone = variant.status === "done";
    const picture = isDone && variant.shown !== null ? variant.files[variant.shown][1] : null;
    const numbers = Object.values(sides.sides).map((each) => each.number ?? image);
    const isNamed = numbers.some((number) => number !== image); // then both are, to tell them apart
    const job = isNamed ? `${batchquant.nameOfJob(cards[side.number])}, ` : "";
    const why = picture ? [] : tellMissing(variant, sides.detailsFor(name).error);
    return { name: `${job}K ${side.k}, ${side.init}`, picture, why, errorMap: variant.errorMap };
  }

  function tellSides() {
    for (const name of NAMES) {
      const radio = at(`side-${name}`);
      radio.checked = name === active;
      radio.nextElementSibling.textContent = `${name}: ${seenOn(name).name}`;
    }
    const jobs = sides.jobsOf(image);
    const options = jobs.map((number) => {
      const text = jobs.length > 1 ? `few colors: ${batchquant.nameOfJob(cards[number])}` : "few colors";
      return element("option", { value: number }, text);
    });
    const select = at("shows");
    select.replaceChildren(element("option", { value: "original" }, "the original"), ...options);
    select.value = isOriginal(active) ? "original" : sides.sides[active].number;
  }

  function tellVariant(name, card, variant) {
    const details = sides.detailsFor(name);
    tellProblem(details.error, details.advice);
    tellSource(card, details);
    at("reach").textContent = details.reach;
    at("reach").hidden = !details.reach;
    at("sharing").textContent = `Shared by ${details.sharing}.`;
    at("sharing").hidden = !details.sharing;
    dialog.classList.toggle("nothing", details.variants.every((v) => v.status !== "done"));
    drawControls(card, variant);
    tellPick(card, variant);
    at("facts").replaceChildren(...facts(variant));
    at("links").replaceChildren(...links(card, details, variant));
    curves.show(at("curves"), card, details.variants, { k: variant.k, init: variant.init }, choose);
    palette.show(card, variant);
  }

  function drawControls(card, { k, init, status }) {
    const ks = ksOf();
    const note = LEFT[status] ?? (k === card.knee ? "knee" : "");
    slider.max = ks.length - 1;
    slider.disabled = ks.length < 2;
    slider.value = ks.indexOf(k);
    slider.setAttribute("aria-valuetext", status === "done" ? `K ${k}` : `K ${k}, ${note}`);
    at("k-ticks").replaceChildren(...(ks.length > 40 ? [] : ks.map((_, i) => element("option", { value: i }))));
    at("k-level").replaceChildren(String(k), ...(note ? [" ", element("span", { className: "faint" }, note)] : []));
    drawStarts(k, init);
  }

  // Which start is chosen, and which are not made with this K; what has the focus keeps it.
  function drawStarts(k, init) {
    const starts = at("starts");
    const inits = initsOf();
    const radios = [...starts.querySelectorAll("input")];
    if (radios.map((radio) => radio.value).join() !== inits.join()) {
      starts.replaceChildren(starts.querySelector("legend"), ...inits.map(startOf));
    }
    for (const radio of starts.querySelectorAll("input")) {
      const { status } = variants().find((v) => v.k === k && v.init === radio.value) ?? {};
      const note = LEFT[status] ? [" ", element("small", {}, LEFT[status])] : [];
      radio.checked = radio.value === init;
      radio.nextSibling.replaceChildren(radio.value, ...note);
    }
  }

  function startOf(name) {
    const radio = element("input", { type: "radio", name: "init", value: name });
    radio.addEventListener("change", () => choose(sides.sides[told()].k, name));
    return element("label", {}, radio, element("span"));
  }

  // A side that showed the original shows a variant from now on.
  async function choose(k, init) {
    if (isOriginal(active)) await sides.show(active, sides.sides[told()].number);
    sides.choose(active, k, init);
    show();
  }

  function tellPick(card, { k, init }) {
    const pick = picks.find(card, k, init);
    at("pick").textContent = pick ? "★" : "☆";
    at("pick").setAttribute("aria-pressed", String(Boolean(pick)));
    at("note-label").hidden = !pick;
    if (document.activeElement !== at("note")) at("note").value = pick?.note ?? "";
  }

  // Why there is no picture to look at.
  function tellMissing(variant, error) {
    if (variant.status === "pending") return ["Still to do."];
    if (variant.status === "failed") return [error];
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

  function links(card, details, { files = [], animations = [] }) {
    return [
      ...files.map(([noun, path, size]) => anchor(path, `${noun}, ${say.bytes(size)}`)),
      ...animations.map(([noun, path, size]) => anchor(path, `Animation, ${noun}, ${say.bytes(size)}`)),
      ...(details.best ? [anchor(details.best, `Best for ${card.target}`)] : []),
      ...details.sheets.map((path) => anchor(path, `Contact sheet, ${path.replace(/^.*\./, "").toUpperCase()}`)),
      ...(details.fade ? [anchor(details.fade, "Before and after")] : []),
    ];
  }

  function tellSource(card, details) {
    const pixels = card.aspect === 1 ? "pixels" : "pixels that are not square";
    const size = card.width === null ? "" : `${say.count(card.width)} × ${say.count(card.height)} ${pixels}`;
    at("source").replaceChildren(...rows([
      ["size", size],
      ["colors", details.colors === null ? "" : say.count(details.colors)],
      ["format", details.source],
      ["notes", details.notes],
    ]));
  }

  function go(step) {
    const number = batchquant.gallery.neighbor(image, step);
    if (number !== null) location.replace(address.write(number));
  }

  function stepK(step) {
    if (!isReady) return;
    const ks = ksOf();
    const { k, init } = sides.sides[told()];
    const next = ks[ks.indexOf(k) + step];
    if (next !== undefined) choose(next, init);
  }

  function pick() {
    if (!isReady) return;
    const { number, k, init } = sides.sides[told()];
    picks.toggle(number, k, init);
  }

  function follow() {
    const wanted = address.read(location.hash);
    if (wanted && sides.canOpen(wanted)) open(wanted);
    else if (wanted) return; // until more is loaded
    else if (dialog.open) dialog.close();
  }

  slider.addEventListener("input", () => choose(ksOf()[Number(slider.value)], sides.sides[told()].init));
  for (const name of NAMES) {
    at(`side-${name}`).addEventListener("change", () => {
      active = name;
      show();
    });
  }
  at("shows").addEventListener("change", async ({ target }) => {
    const wish = target.value === "original" ? target.value : Number(target.value);
    const other = NAMES.find((name) => name !== active);
    if (wish === "original" && isOriginal(other)) await sides.show(other, sides.sides[active].number);
    await sides.show(active, wish);
    show();
  });
  at("pick").addEventListener("click", pick);
  at("note").addEventListener("input", ({ target }) => {
    const { number, k, init } = sides.sides[told()];
    picks.annotate(cards[number], k, init, target.value);
  });
  view.onChange(() => isReady && show());
  picks.onChange(() => image !== null && isReady && show());
  at("previous").addEventListener("click", () => go(-1));
  at("next").addEventListener("click", () => go(1));
  at("close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => {
    const number = image;
    image = null;
    if (location.hash.startsWith("#image=")) history.replaceState(null, "", location.pathname + location.search);
    document.querySelector(`.cards li[data-number="${number}"] a`)?.focus();
  });
  window.addEventListener("hashchange", follow);
  batchquant.onCards(() => image === null && follow());
  return { go, stepK, pick };
})();
