// What all parts of the page share: data as it is loaded, and how things are said.
"use strict";

const batchquant = (() => {
  const folder = document.body.dataset.folder;
  const metrics = JSON.parse(document.body.dataset.metrics);
  const words = new Map(Object.entries(JSON.parse(document.body.dataset.words))); // of starts and keys → what they mean
  const metricOf = (name) => metrics.find((metric) => metric.name === name);
  const cards = [];
  const details = new Map();
  const palettes = new Map(); // of pictures by name, the ones asked for last at the end
  const MAX_PALETTES = 64; // that are kept beside those in sight: each may have the pixels of its card
  const waiting = new Map();
  const listeners = { cards: [] };

  // Each data file is a call of this function.
  function take(kind, number, content, small) {
    if (kind === "cards") {
      for (const card of content) cards.push(card);
      for (const listener of listeners.cards) listener();
    } else if (kind === "details") {
      for (const [image, detail] of Object.entries(content)) details.set(Number(image), detail);
    } else if (kind === "palettes") {
      palettes.set(number, { colors: content, ...small });
    } else if (kind === "run") {
      batchquant.picks.belongTo(content.id);
      tellRun(content.last);
    }
  }

  // A page from the disk may load scripts and nothing else. Ordered ones are taken in the order in
  // which they are asked for, the others as they come.
  function load(path, { isOrdered = false } = {}) {
    if (!waiting.has(path)) {
      waiting.set(path, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = path;
        script.async = !isOrdered;
        script.onload = () => resolve(script.remove());
        script.onerror = () => reject(new Error(`${path} is missing`));
        document.head.append(script);
      }));
    }
    return waiting.get(path);
  }

  function loadData(kind, number, options) {
    return load(`${folder}/${kind}-${String(number).padStart(4, "0")}.js`, options);
  }

  async function detailsOf(image) {
    if (!details.has(image)) await loadData("details", cards[image].page);
    return details.get(image);
  }

  const nameOf = (path) => path.replace(/^.*\/|\.js$/g, "");

  // The colors of a picture's variants, and what its card is painted from.
  async function palettesOf(path) {
    const name = nameOf(path);
    if (!palettes.has(name)) await load(path);
    waiting.delete(path);
    const found = palettes.get(name);
    palettes.delete(name);
    palettes.set(name, found);
    for (const oldest of palettes.keys()) {
      if (palettes.size <= MAX_PALETTES) break;
      palettes.delete(oldest);
    }
    return found;
  }

  // Names of files hold anything: #, ?, % and spaces among it.
  function link(path) {
    return path.split("/").map(encodeURIComponent).join("/");
  }

  function labelOf(card) {
    const path = [card.job, card.folder, card.image].filter(Boolean).join("/");
    return card.frame ? `${path} frame ${card.frame}` : path;
  }

  // Of jobs that vary keys, the one without a name has what these are by themselves.
  const nameOfJob = (card) => card.job || "defaults";

  // The file's name, and where it lies.
  function partsOf(card) {
    const name = card.image.replace(/^.*\//, "") + (card.frame ? ` frame ${card.frame}` : "");
    return [name, labelOf(card).slice(0, -name.length).replace(/\/$/, "")];
  }

  function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key in made) made[key] = value;
      else made.setAttribute(key, value);
    }
    made.append(...children);
    return made;
  }

  // Numbers and dates by hand: the first use of Intl takes 20 ms, for which pictures would wait.
  const MONTHS = "January February March April May June July August September October November December".split(" ");
  const grouped = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ",");

  const scientific = (n, digits) => n.toExponential(digits).replace("e+", "e");

  const say = {
    count: grouped,
    number: (n, noun) => `${grouped(n)} ${noun}${n === 1 ? "" : "s"}`,
    figure(metric, value) {
      if (!Number.isFinite(Number(value))) return "exact";
      return `${Number(value).toFixed(metric.digits)}${metric.unit && ` ${metric.unit}`}`;
    },
    bytes(n) {
      if (n < 1000) return `${n} B`;
      return n < 999500 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(1)} MB`;
    },
    large: (n) => (n < 1e6 ? n.toLocaleString("en", { maximumFractionDigits: 2 }) : scientific(n, 3)),
    short: (n) => (n >= 0.01 && n < 1e4 ? String(Number(n.toPrecision(3))) : scientific(n, 1)),
    percent(share) {
      return share && share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
    },
    duration(seconds) {
      if (seconds < 60) return `${seconds.toFixed(1)} s`;
      const minutes = Math.round(seconds / 60);
      if (minutes < 60) return `${minutes} min`;
      return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
    },
  };

  function tellRun(run) {
    if (!run) return;
    const started = new Date(run.started);
    const day = `${started.getDate()} ${MONTHS[started.getMonth()]} ${started.getFullYear()}`;
    const time = [started.getHours(), started.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
    const parts = [`Started ${day} at ${time}`];
    if (run.elapsed !== null) parts.push(`took ${say.duration(run.elapsed)}`);
    else parts.push("had not ended when this page was written");
    if (run.done !== null) parts.push(`made ${say.count(run.done)} variant${run.done === 1 ? "" : "s"}`);
    if (run.skipped) parts.push(`skipped ${say.count(run.skipped)} made before`);
    document.getElementById("when").textContent = parts.join(" · ");
  }

  // The first page of cards stands in the head of the document.
  function start() {
    for (let page = 1; page < Number(document.body.dataset.cardPages); page++) {
      loadData("cards", page, { isOrdered: true }).catch(() => {});
    }
  }

  // What is seen first is drawn before the rest is asked for.
  window.addEventListener("DOMContentLoaded", () => requestAnimationFrame(() => setTimeout(start)));
  const onCards = (listener) => listeners.cards.push(listener);
  return { take, metrics, metricOf, words, cards, detailsOf, palettesOf, link, labelOf, nameOfJob, partsOf, element, say, onCards };
})();
