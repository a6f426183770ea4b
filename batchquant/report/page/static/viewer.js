// One picture opened: what stands on both sides of the divider, with K, start, figures, palette, files.
"use strict";

batchquant.viewer = (() => {
  const { address, cards, compare, controls, curves, element, grid, labelOf, link, metrics, palette, picks, say, sides, view } =
    batchquant;
  const { NAMES, LEFT, isOriginal, ksOf } = controls;
  const at = (id) => document.getElementById(id);
  const dialog = at("viewer");
  let image = null; // number of the picture shown, or null
  let about = "right"; // the side that is told of, unless it shows the original
  let isReady = false; // whether there is something to choose from
  let later = null; // what was asked for before that

  const told = () => (isOriginal(about) ? NAMES.find((name) => !isOriginal(name)) : about);
  const sideTold = () => sides.sides[told()];

  async function open({ image: number, ...wishes }) {
    const card = cards[number];
    if (!card) return;
    const isOther = image !== number;
    image = number;
    isReady = false;
    later = null;
    const isOpen = await sides.open(number, wishes).catch(() => null);
    if (image !== number || isOpen === false) return; // another was asked for meanwhile
    if (!dialog.open) dialog.showModal();
    tellTitle(card);
    if (!isOpen) return tellProblem("What belongs to this picture is missing: write the page again by batchquant report.");
    if (isOriginal("left") && isOriginal("right")) await sides.show("right", number);
    if (isOther) compare.reset();
    if (wishes.view) view.choose(wishes.view);
    about = "right";
    at("previous").disabled = batchquant.gallery.neighbor(number, -1) === null;
    at("next").disabled = batchquant.gallery.neighbor(number, 1) === null;
    isReady = true;
    show();
    later?.();
    later = null;
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
    controls.show(image);
    tellAbout(seen);
    grid.setForm(cards[image]);
    if (view.current() === "grid") showGrid();
    tellVariant(told(), cards[sideTold().number], sides.variantOf(sideTold()));
  }

  async function showGrid() {
    const mine = image;
    const rows = await sides.rowsOf(mine);
    if (image === mine && isReady) grid.show(sides.previewOf(mine), rows, sideTold(), chooseTile);
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

  // Of two variants one is told of at length, and which one can be chosen.
  function tellAbout(seen) {
    at("about").hidden = NAMES.some(isOriginal);
    for (const [place, name] of NAMES.entries()) {
      const radio = at(`about-${name}`);
      radio.checked = name === told();
      radio.nextElementSibling.textContent = `${name}: ${seen[place].name}`;
    }
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
    tellPick(card, variant);
    at("facts").replaceChildren(...facts(variant));
    at("links").replaceChildren(...links(card, details, variant));
    curves.show(at("curves"), card, details.variants, { k: variant.k, init: variant.init }, (k, init) => choose(told(), k, init));
    palette.show(card, variant);
  }

  function choose(name, k, init) {
    sides.choose(name, k, init);
    about = name;
    show();
  }

  async function chooseTile(number, k, init) {
    const name = told();
    if (sides.sides[name].number !== number) await sides.show(name, number);
    choose(name, k, init);
  }

  // Of two sides at most one shows the original.
  async function showOn(name, wish) {
    const other = NAMES.find((each) => each !== name);
    if (wish === "original" && isOriginal(other)) await sides.show(other, sides.sides[name].number);
    if (wish === "original") await sides.show(name, wish);
    else await sides.showApart(name, wish);
    about = name;
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
    if (number !== null) open({ image: number }); // at once: the next key begins from there
  }

  function stepK(step) {
    if (!isReady) {
      later = () => stepK(step);
      return;
    }
    const ks = ksOf(told());
    const { k, init } = sideTold();
    const next = ks[ks.indexOf(k) + step];
    if (next !== undefined) choose(told(), next, init);
  }

  function pick() {
    if (!isReady) return;
    const { number, k, init } = sideTold();
    picks.toggle(number, k, init);
  }

  function follow() {
    const wanted = address.read(location.hash);
    if (wanted && sides.canOpen(wanted)) open(wanted);
    else if (wanted) return; // until more is loaded
    else if (dialog.open) dialog.close();
  }

  controls.on({ choose, show: showOn });
  for (const name of NAMES) {
    at(`about-${name}`).addEventListener("change", () => {
      about = name;
      show();
    });
  }
  at("pick").addEventListener("click", pick);
  at("note").addEventListener("input", ({ target }) => {
    const { number, k, init } = sideTold();
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
