// The gallery: cards of all images, filtered and sorted.
"use strict";

batchquant.gallery = (() => {
  const { cards, element, labelOf, metricOf, partsOf, say } = batchquant;
  const STEP = 60; // cards that are added at a time
  const form = document.getElementById("filters");
  const list = document.getElementById("cards");
  const more = document.getElementById("more");
  const found = document.getElementById("found");
  const clear = document.getElementById("clear");
  let chosen = []; // numbers of images, in the order shown
  let timer = 0;

  const ORDERS = {
    name: (a, b) => byText.compare(labelOf(cards[a]), labelOf(cards[b])),
    size: (a, b) => pixels(cards[b]) - pixels(cards[a]),
    psnr: (a, b) => rank(cards[a].psnr, Infinity) - rank(cards[b].psnr, Infinity) || a - b,
    knee: (a, b) => rank(cards[b].knee, -1) - rank(cards[a].knee, -1),
  };
  const byText = new Intl.Collator("en", { numeric: true });
  const pixels = (card) => (card.width || 0) * (card.height || 0);
  // Exact copies rank below what is unknown, and both at the end; no infinity is subtracted.
  const rank = (value, missing) =>
    Math.min(value === null ? missing : Number(value), Number.MAX_VALUE);

  function choose() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    chosen = [];
    cards.forEach((card, number) => {
      if (wanted.job && card.job !== wanted.job) return;
      if (wanted.folder && card.folder !== wanted.folder) return;
      if (wanted.status && card.status !== wanted.status) return;
      const label = labelOf(card).toLowerCase();
      if (words.every((word) => label.includes(word))) chosen.push(number);
    });
    if (wanted.sort) chosen.sort(ORDERS[wanted.sort]);
  }

  function show() {
    choose();
    list.replaceChildren();
    append();
    tellFound();
  }

  function tellFound() {
    const all = Number(document.body.dataset.images);
    const whole = `${say.count(all)} image${all === 1 ? "" : "s"}`;
    found.textContent = chosen.length === all ? whole : `${say.count(chosen.length)} of ${whole}`;
    clear.hidden = chosen.length > 0;
  }

  function append() {
    const begin = list.children.length;
    list.append(...chosen.slice(begin, begin + STEP).map(draw));
    more.hidden = list.children.length >= chosen.length;
  }

  function draw(number) {
    const card = cards[number];
    const picture = element("div", { className: "thumb" });
    if (card.thumbnail) {
      const image = element("img", { src: card.thumbnail, alt: "", loading: "lazy", decoding: "async" });
      image.onerror = () => picture.replaceChildren(placeholder(card));
      picture.append(image);
    } else {
      picture.append(placeholder(card));
    }
    const [name, path] = partsOf(card);
    const anchor = element(
      "a",
      { href: `#image=${number}` },
      picture,
      element("span", { className: "name", title: labelOf(card) }, name),
      element("span", { className: "path" }, element("bdi", { dir: "ltr" }, path)),
      element("span", { className: "figures" }, ...figures(card)),
    );
    return element("li", { className: card.status }, anchor);
  }

  function placeholder(card) {
    const told = card.status === "failed" ? "failed" : "no preview";
    return element("span", { className: "placeholder" }, told);
  }

  function figures(card) {
    const parts = [];
    const chip = (text, kind) => parts.push(element("span", { className: `chip ${kind}` }, text));
    if (card.status === "failed") chip("failed", "failed");
    if (card.status === "pending") chip("still to do", "pending");
    if (card.psnr !== null) {
      const [low, high] = card.k;
      const ks = low === high ? `K ${low}` : `K ${low}–${high}`;
      const upTo = Number(card.psnr) === Infinity || low === high ? "" : "up to ";
      parts.push(element("span", {}, `${ks} · ${upTo}${say.figure(metricOf("psnr_db"), card.psnr)}`));
    }
    if (card.knee !== null) chip(`knee ${card.knee}`, "knee");
    if (card.best) chip(`${card.target}: K ${card.best[0]}${card.settled ? "" : " so far"}`, "best");
    else if (card.target !== null && card.psnr !== null) {
      const [told, kind] = card.settled ? ["not reached", "short"] : ["not reached yet", "pending"];
      chip(`${card.target} ${told}`, kind);
    }
    return parts;
  }

  // Returns the next image in the order shown, or null at either end.
  function neighbor(number, step) {
    const at = chosen.indexOf(number);
    return at < 0 ? null : chosen[at + step] ?? null;
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, cards.length > 5000 ? 120 : 0);
  });
  clear.addEventListener("click", () => {
    const order = form.elements.sort.value;
    form.reset();
    form.elements.sort.value = order;
    form.elements.text.focus();
    show();
  });
  more.addEventListener("click", append);
  new IntersectionObserver(
    (entries) => entries.some((entry) => entry.isIntersecting) && append(),
    { rootMargin: "800px" },
  ).observe(more);

  batchquant.onCards(() => {
    if (form.elements.sort.value || !list.children.length) return show();
    // In the order of the report, what comes later only lengthens the list.
    choose();
    tellFound();
    more.hidden = list.children.length >= chosen.length;
  });
  return { neighbor };
})();
