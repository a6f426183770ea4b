// Variants that a person picked, each with a note: kept in the browser by the id of the output folder.
"use strict";

batchquant.picks = (() => {
  const { cards, detailsOf } = batchquant;
  // All pages from the disk share one storage. The place of the page will do until the id is known.
  let place = `batchquant picks ${location.pathname}`;
  const NAMES = ["job", "folder", "image", "frame", "k", "init"]; // what tells a variant from all others
  const listeners = [];
  const keyOf = (pick) => JSON.stringify(NAMES.map((name) => pick[name]));
  let picks = read();

  function read() {
    try {
      return new Map(JSON.parse(localStorage.getItem(place) ?? "[]").map((pick) => [keyOf(pick), pick]));
    } catch {
      return new Map(); // storage may be denied, or written by others
    }
  }

  function keep() {
    try {
      localStorage.setItem(place, JSON.stringify([...picks.values()]));
    } catch {
      // Picks then last as long as the page is open, and can be exported.
    }
    for (const listener of listeners) listener();
  }

  // What was kept by the place of the page, as by an older version, is taken along.
  function belongTo(id) {
    if (!id) return;
    const before = picks;
    place = `batchquant picks ${id}`;
    picks = read();
    if (!picks.size && before.size) picks = before;
    keep();
  }

  function nameOf(card, k, init) {
    const { job, folder, image, frame } = card;
    return { job, folder, image, frame, k, init };
  }

  const find = (card, k, init) => picks.get(keyOf(nameOf(card, k, init)));
  const ofCard = (card) =>
    card.ks.flatMap((k) => card.inits.map((init) => find(card, k, init))).filter(Boolean);

  // Picks a variant of a picture by its number, or lets it go.
  async function toggle(number, k, init) {
    const name = nameOf(cards[number], k, init);
    if (!picks.delete(keyOf(name))) {
      const details = await detailsOf(number).catch(() => null);
      const variant = details?.variants.find((each) => each.k === k && each.init === init);
      const file = variant?.files?.[variant.shown ?? 0];
      if (!file) return;
      picks.set(keyOf(name), { ...name, path: file[1], note: "" });
    }
    keep();
  }

  function annotate(card, k, init, note) {
    const pick = find(card, k, init);
    if (!pick) return;
    pick.note = note;
    keep();
  }

  // What others wrote may name files elsewhere, which shell lines would then copy.
  function isPick(pick) {
    const texts = ["job", "folder", "image", "init", "path"].every((name) => typeof pick?.[name] === "string");
    if (!texts || /^\/|(^|\/)\.\.(\/|$)/.test(pick.path)) return false;
    return Number.isInteger(pick.k) && Number.isInteger(pick.frame);
  }

  // Adds what a file says that was exported; returns how many it has, or null where it is no such file.
  function take(text) {
    try {
      const told = JSON.parse(text).picks;
      if (!Array.isArray(told) || !told.every(isPick)) return null;
      for (const pick of told) {
        const { path, note } = pick;
        const name = Object.fromEntries(NAMES.map((each) => [each, pick[each]]));
        picks.set(keyOf(name), { ...name, path, note: String(note ?? "") });
      }
      keep();
      return told.length;
    } catch {
      return null;
    }
  }

  function clear() {
    picks = new Map();
    keep();
  }

  window.addEventListener("storage", (event) => {
    if (event.key !== place) return; // another page
    picks = read();
    for (const listener of listeners) listener();
  });
  const onChange = (listener) => listeners.push(listener);
  return { all: () => [...picks.values()], find, ofCard, toggle, annotate, take, clear, belongTo, onChange };
})();
