// Cards show what was made of pictures: those in sight are painted, a few a frame.
"use strict";

batchquant.wall = (() => {
  const { address, cards, choice, element, metricOf, paint, palettesOf, picks, say, ticks, words } = batchquant;
  const at = (id) => document.getElementById(id);
  const [slider, level, start] = ["wall-k", "wall-k-level", "wall-start"].map(at);
  const [own, same] = ["wall-own", "wall-same"].map(at);
  const short = document.querySelector("[name=status] [value=short]");
  const PATIENCE = 4; // milliseconds of a frame that are painted in
  const AHEAD = 12; // cards that are painted before it is known whether they are in sight
  const near = new Map(); // elements of cards in sight → numbers of pictures, and what they are painted from
  const due = new Set(); // those among them that are to be painted
  const ks = new Set();
  const inits = new Set();
  const listeners = [];
  let isAwake = false;
  let lastK; // that was the same for all

  const observer = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) enter(target);
      else leave(target);
    }
  }, { rootMargin: "500px" });

  function enter(item) {
    if (near.has(item)) return;
    const number = Number(item.dataset.number);
    near.set(item, { number, small: null });
    want(item);
    if (cards[number].palettes && choice.of(cards[number])) fetchColors(item, cards[number]);
  }

  // What is out of sight gives its pixels back.
  function leave(item) {
    near.delete(item);
    due.delete(item);
    const canvas = item.querySelector("canvas");
    if (canvas) canvas.width = canvas.height = 0;
  }

  function want(item) {
    due.add(item);
    if (!isAwake) requestAnimationFrame(work);
    isAwake = true;
  }

  function work() {
    const begin = performance.now();
    for (const item of due) {
      due.delete(item);
      showCard(item, near.get(item));
      if (performance.now() - begin > PATIENCE) break;
    }
    isAwake = due.size > 0;
    if (isAwake) requestAnimationFrame(work);
  }

  function showCard(item, { number, small }) {
    const card = cards[number];
    const shown = choice.of(card);
    item.querySelector(".figures").replaceChildren(...figures(card, shown));
    if (shown) item.querySelector("a").hash = address.write(number, null, { k: shown.k, init: shown.init });
    tellPick(item.querySelector(".star"), card, shown);
    if (shown && small) draw(item, card, small, shown.key);
  }

  function tellPick(star, card, shown) {
    const isPicked = Boolean(shown && picks.find(card, shown.k, shown.init));
    const others = shown && !isPicked ? picks.ofCard(card).map(({ k, init }) => `K ${k} ${init}`) : [];
    star.hidden = !shown;
    star.textContent = isPicked ? "★" : "☆";
    star.classList.toggle("other", others.length > 0);
    if (others.length) star.title = `Picked: ${others.join(", ")}; pick this variant, too (x)`;
    else star.title = isPicked ? "Let go of this pick (x)" : "Pick this variant (x)";
    star.setAttribute("aria-pressed", String(isPicked));
  }

  // Where there is nothing to paint from, as of older versions, the original stands.
  function draw(item, card, small, key) {
    const colors = small.colors[key]; // none where it was drawn before this variant was made
    const canvas = item.querySelector("canvas");
    item.querySelector(".stripe").style.backgroundImage = colors ? paint.stripe(colors) : "none";
    if (canvas && colors && paint.isReady(small)) paint.show(canvas, small, key);
    else canvas?.replaceWith(original(card));
  }

  async function fetchColors(item, card) {
    const small = await palettesOf(card.palettes).catch(() => ({ colors: {} }));
    await paint.prepare(small).catch(() => {});
    if (!near.has(item)) return;
    near.get(item).small = small;
    want(item);
  }

  function original(card) {
    if (!card.thumbnail) return placeholder(card);
    const image = element("img", { src: card.thumbnail, alt: "", loading: "lazy", decoding: "async" });
    image.onerror = () => image.replaceWith(placeholder(card));
    return image;
  }

  function placeholder(card) {
    return element("span", { className: "placeholder" }, card.status === "failed" ? "failed" : "no preview");
  }

  // Returns what stands on a card before it is painted.
  function blank(card) {
    return card.palettes && choice.of(card) ? element("canvas", { width: 0, height: 0 }) : original(card);
  }

  function figures(card, shown) {
    const parts = [];
    const chip = (text, kind) => parts.push(element("span", { className: `chip ${kind}` }, text));
    if (card.status === "failed") chip("failed", "failed");
    if (card.status === "pending") chip("still to do", "pending");
    if (!shown) return parts;
    const level = shown.psnr === null ? "" : ` · ${say.figure(metricOf("psnr_db"), shown.psnr)}`;
    const title = shown.k === card.knee ? "From this K on, more colors stop paying: its knee" : "";
    const init = card.inits.length > 1 ? [element("span", { title: words.get(shown.init) ?? "" }, shown.init)] : [];
    parts.unshift(element("span", { title }, `K ${shown.k}${level}`), ...init);
    if (card.knee !== null) chip(`knee ${card.knee}`, "knee"); // seen where cards are sorted by it
    if (card.best) chip(`${card.target}: K ${card.best[0]}${card.settled ? "" : " so far"}`, "best");
    else if (card.target !== null) chip(`${card.target} not reached${card.settled ? "" : " yet"}`, "short");
    for (const { k, init, note } of picks.ofCard(card)) {
      const isShown = k === shown.k && init === shown.init;
      if (note || !isShown) chip(`★ ${isShown ? note : `K ${k} ${init}`}`, "pick");
    }
    return parts;
  }

  function show() {
    repaint();
    for (const listener of listeners) listener();
  }

  const sorted = () => [...ks].sort((a, b) => a - b);

  // The same K for all, by its place among all that were made.
  function chooseSame(place) {
    lastK = sorted()[place];
    chooseK(lastK);
  }

  function chooseK(k) {
    if (k === choice.wanted.k) return;
    choice.wanted.k = k;
    tellK();
    show();
  }

  function tellK() {
    const { k, arePicked } = choice.wanted;
    const all = sorted();
    lastK ??= all[(all.length - 1) >> 1];
    slider.max = Math.max(0, all.length - 1);
    slider.value = all.indexOf(k ?? lastK);
    level.textContent = arePicked ? "as picked" : k ?? "";
    slider.setAttribute("aria-valuetext", k === null ? "not chosen: best for each picture" : `K ${k}`);
    [own.checked, same.checked] = [k === null, k !== null];
    slider.parentElement.classList.toggle("unused", k === null || arePicked);
    for (const control of [slider, own, same, start]) control.disabled = arePicked;
    ticks.show(at("wall-k-ticks"), all, arePicked ? null : k);
  }

  // Picked ones are shown as they were picked: nothing is then chosen for all.
  function showPicked(arePicked) {
    if (arePicked === choice.wanted.arePicked) return;
    choice.wanted.arePicked = arePicked;
    tellK();
  }

  // What can be chosen grows with what is loaded.
  function learn(card) {
    if (card.target !== null) short.hidden = false;
    for (const k of card.ks) ks.add(k);
    for (const init of card.inits) {
      if (!inits.has(init)) start.append(element("option", { title: words.get(init) ?? "" }, init));
      inits.add(init);
    }
  }

  function repaint() {
    for (const item of near.keys()) want(item);
  }

  // Where room is short, cards come first.
  if (matchMedia("(max-width: 34rem)").matches) {
    for (const each of document.querySelectorAll(".folded")) each.open = false;
  }

  function watch(item) {
    observer.observe(item);
    if (near.size < AHEAD) enter(item);
  }

  let nLearned = 0;
  batchquant.onCards(() => {
    for (; nLearned < cards.length; nLearned++) learn(cards[nLearned]);
    at("wall-start-label").hidden = inits.size < 2;
    tellK();
  });
  for (const name of ["input", "click"]) slider.addEventListener(name, () => chooseSame(Number(slider.value)));
  // At its end already, so that it does not move: it is chosen all the same.
  slider.addEventListener("keyup", ({ key }) => /^(Arrow|Page|Home|End)/.test(key) && chooseSame(Number(slider.value)));
  at("wall-k-ticks").addEventListener("click", ({ target }) => {
    if (target.dataset.place && !slider.disabled) chooseSame(Number(target.dataset.place));
  });
  own.addEventListener("change", () => chooseK(null));
  same.addEventListener("change", () => chooseK(lastK));
  start.addEventListener("change", () => {
    choice.wanted.init = start.value;
    show();
  });
  picks.onChange(repaint);
  return { blank, original, watch, showPicked, onChange: (listener) => listeners.push(listener) };
})();
