// What each side of an opened picture shows, and how that is chosen: the original or a job, K, start.
"use strict";

batchquant.controls = (() => {
  const { cards, element, metricOf, nameOfJob, paint, palettesOf, say, sides, ticks, words } = batchquant;
  const at = (id) => document.getElementById(id);
  const NAMES = ["left", "right"];
  const LEFT = { failed: "failed", pending: "still to do" }; // how it is said of what is not done
  const listeners = { choose() {}, show() {} };

  const isOriginal = (name) => sides.sides[name] === "original";
  const variantsOf = (name) => sides.detailsFor(name).variants;
  const ksOf = (name) => [...new Set(variantsOf(name).map((variant) => variant.k))].sort((a, b) => a - b);

  function show(image) {
    const jobs = sides.jobsOf(image);
    const areVariants = !NAMES.some(isOriginal);
    for (const name of NAMES) {
      tellWhat(name, jobs);
      at(`variant-${name}`).hidden = isOriginal(name);
      if (isOriginal(name)) continue;
      const variant = sides.variantOf(sides.sides[name]);
      tellK(name, cards[sides.sides[name].number], variant);
      tellStarts(name, variant);
      showStripe(name, areVariants); // else the palette below is that of the only one
    }
  }

  function tellWhat(name, jobs) {
    const options = jobs.map((number) => {
      const text = jobs.length > 1 ? `few colors: ${nameOfJob(cards[number])}` : "few colors";
      return element("option", { value: number }, text);
    });
    const select = at(`shows-${name}`);
    select.replaceChildren(element("option", { value: "original" }, "original"), ...options);
    select.value = isOriginal(name) ? "original" : sides.sides[name].number;
  }

  function tellK(name, card, { k, status, figures }) {
    const ks = ksOf(name);
    const slider = at(`k-${name}`);
    const note = LEFT[status] ?? (k === card.knee ? "knee" : "");
    slider.max = ks.length - 1;
    slider.disabled = ks.length < 2;
    slider.value = ks.indexOf(k);
    slider.setAttribute("aria-valuetext", status === "done" ? `K ${k}` : `K ${k}, ${note}`);
    ticks.show(at(`k-ticks-${name}`), ks, k);
    const noted = note ? [" ", element("span", { className: "faint" }, note)] : [];
    at(`k-level-${name}`).replaceChildren(String(k), ...noted);
    const level = figures?.psnr_db;
    at(`psnr-${name}`).textContent = level === undefined ? "" : say.figure(metricOf("psnr_db"), level);
  }

  // Which start is chosen, and which are not made with this K; what has the focus keeps it.
  function tellStarts(name, { k, init }) {
    const starts = at(`starts-${name}`);
    const inits = [...new Set(variantsOf(name).map((variant) => variant.init))];
    const radios = [...starts.querySelectorAll("input")];
    if (radios.map((radio) => radio.value).join() !== inits.join()) {
      starts.replaceChildren(...inits.map((start) => startOf(name, start)));
    }
    for (const radio of starts.querySelectorAll("input")) {
      const { status } = variantsOf(name).find((v) => v.k === k && v.init === radio.value) ?? {};
      const note = LEFT[status] ? [" ", element("small", {}, LEFT[status])] : [];
      radio.checked = radio.value === init;
      radio.nextSibling.replaceChildren(radio.value, ...note);
    }
  }

  function startOf(name, start) {
    const radio = element("input", { type: "radio", name: `init-${name}`, value: start });
    radio.addEventListener("change", () => listeners.choose(name, sides.sides[name].k, start));
    return element("label", { title: words.get(start) ?? "" }, radio, element("span"));
  }

  async function showStripe(name, isWished) {
    const stripe = at(`stripe-${name}`);
    const side = sides.sides[name];
    const { palettes } = cards[side.number];
    stripe.hidden = !isWished || !palettes;
    if (stripe.hidden) return;
    const loaded = await palettesOf(palettes).catch(() => null);
    if (side !== sides.sides[name]) return; // another was chosen meanwhile
    const colors = loaded?.colors[`${side.k} ${side.init}`];
    stripe.style.backgroundImage = colors ? paint.stripe(colors) : "none";
  }

  function chooseK(name, place) {
    listeners.choose(name, ksOf(name)[place], sides.sides[name].init);
  }

  for (const name of NAMES) {
    at(`k-${name}`).addEventListener("input", ({ target }) => chooseK(name, Number(target.value)));
    at(`k-ticks-${name}`).addEventListener("click", ({ target }) => {
      if (target.dataset.place) chooseK(name, Number(target.dataset.place));
    });
    at(`shows-${name}`).addEventListener("change", ({ target }) => {
      listeners.show(name, target.value === "original" ? target.value : Number(target.value));
    });
  }
  return { NAMES, LEFT, isOriginal, ksOf, show, on: (wished) => Object.assign(listeners, wished) };
})();
