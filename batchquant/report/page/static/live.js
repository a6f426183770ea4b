// How a run gets on, asked of who serves the page. Of the rest of the page it counts in the head, and paints with
// what paints cards; before anything is planned there is neither.
"use strict";

(() => {
  const EVERY_MS = 2000;
  const LOST_AFTER = 2; // answers that did not come: one may be lost on its way
  const live = document.getElementById("live");
  const by = (name) => document.getElementById(`live-${name}`);
  const nShown = Number(live.dataset.shown);
  const grouped = new Intl.NumberFormat("en");
  const before = {}; // what is shown, so that nothing is drawn anew that is as it was
  let nLost = 0;

  const count = (n, noun) => `${grouped.format(n)} ${noun}${n === 1 ? "" : "s"}`;

  function element(name, attributes, ...children) {
    const made = document.createElement(name);
    Object.assign(made, attributes);
    made.append(...children);
    return made;
  }

  // A text that has not changed is not told again to who listens to the page.
  function tell(place, text) {
    if (place.textContent !== text) place.textContent = text;
  }

  function list(name, entries, draw) {
    const text = JSON.stringify(entries);
    if (before[name] === text) return;
    before[name] = text;
    by(name).replaceChildren(...entries.map(draw));
  }

  // Names of files hold anything: #, ?, % and spaces among it.
  const link = (path) => path.split("/").map(encodeURIComponent).join("/");

  // The page is older than what is opened: it is loaded again.
  function open(event, number) {
    event.preventDefault();
    history.replaceState(null, "", `#image=${number}`);
    location.reload();
  }

  function named(entry, ...children) {
    const anchor = element("a", { href: `#image=${entry.number}`, title: entry.label }, ...children);
    anchor.addEventListener("click", (event) => open(event, entry.number));
    return anchor;
  }

  // The original stands until what was made of it is painted, and where there is nothing to paint from.
  function drawPicture(entry) {
    const name = element("span", {}, entry.label.replace(/^.*\//, ""));
    const image = element("img", { src: link(entry.thumbnail), alt: "", loading: "lazy" });
    const told = element("span", { className: "faint" }, "original");
    paintResult(entry, image, told).catch(() => {});
    return element("li", {}, named(entry, image, name, told));
  }

  async function paintResult({ palettes, k, init }, image, told) {
    if (!palettes || k === undefined || typeof batchquant === "undefined") return;
    const { paint, palettesOf } = batchquant;
    const small = await palettesOf(palettes);
    await paint.prepare(small);
    const key = `${k} ${init}`;
    if (!small.colors[key] || !paint.isReady(small)) return;
    const canvas = element("canvas", {});
    paint.show(canvas, small, key);
    image.replaceWith(canvas);
    told.textContent = `K ${k}, ${init}`;
  }

  function drawFailure(entry) {
    const reason = element("span", { className: "reason" }, entry.reason);
    return element("li", {}, named(entry, entry.label), " ", reason);
  }

  function duration(seconds) {
    if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
    const minutes = Math.round(seconds / 60);
    return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  }

  const rate = (n) => (n >= 10 ? count(Math.round(n), "variant") : `${Number(n.toPrecision(2))} variants`);

  function tellRun({ isGoingOn, preparing, progress, lastRun, shards }) {
    const nAtWork = shards.filter((shard) => shard.isGoingOn).length;
    if (preparing) return `A run begins: ${preparing}`;
    if (progress) return `${count(progress.made, "variant")} made, ${grouped.format(progress.left)} left`;
    if (isGoingOn) return "A run is going on";
    if (shards.length) return `${count(nAtWork, "shard")} at work`;
    if (!lastRun) return "No run is going on";
    const isKilled = lastRun.elapsed_s === null;
    return isKilled ? "No run is going on: the last one ended without a word" : "The run has ended";
  }

  function tellEnd({ isGoingOn, progress, lastRun, shards }) {
    const parts = [];
    if (progress) {
      if (progress.failed) parts.push(`${count(progress.failed, "variant")} failed`);
      if (progress.made) parts.push(`${rate(progress.perMinute)} a minute`);
      if (!progress.left) parts.push("overviews are left to be drawn");
      else if (progress.leftS !== null) parts.push(`ends in about ${duration(progress.leftS)}`);
    } else if (!isGoingOn && !shards.length && lastRun && lastRun.elapsed_s !== null) {
      parts.push(`${count(lastRun.n_done ?? 0, "variant")} made in ${duration(lastRun.elapsed_s)}`);
    }
    return parts.join(" · ");
  }

  function tellTask({ label, part, where, forS }) {
    return `${label}${part && ` (${part})`}${where && ` on ${where}`}, for ${duration(forS)}`;
  }

  function tellShard({ name, isGoingOn, preparing, progress }) {
    if (!isGoingOn) return `shard ${name}: waits to be merged`;
    if (!progress) return `shard ${name}: ${preparing ?? "at work"}`;
    return `shard ${name}: ${grouped.format(progress.made)} made, ${grouped.format(progress.left)} left`;
  }

  function show(answer) {
    if (live.dataset.drawn === "waiting" && answer.counts !== null) return location.reload();
    const { progress } = answer;
    tell(by("told"), tellRun(answer));
    tell(by("ends"), tellEnd(answer));
    by("bar").hidden = !progress?.variants;
    if (progress?.variants) by("bar").value = (progress.made + progress.failed) / progress.variants;
    list("work", [...answer.atWork.map(tellTask), ...answer.shards.map(tellShard)], (text) => element("li", {}, text));
    by("newest").hidden = !answer.newest.length;
    list("pictures", answer.newest, drawPicture);
    by("failed").hidden = !answer.failures.length;
    list("failures", answer.failures, drawFailure);
    showCounts(answer.counts);
    if (answer.counts !== null) showHead(answer.counts);
  }

  // The head says what is so now, and not what was so when the page was opened.
  function showHead(counts) {
    const head = document.querySelector(".counts");
    if (!head) return;
    document.getElementById("when").hidden = true; // the run is told of below
    const noun = counts.done === 1 ? "variant" : "variants";
    tellCount(head, ".done", counts.done, `${noun} done`, true);
    tellCount(head, ".failed", counts.failed, `failed, of ${count(counts.failedPictures, "picture")}`);
    tellCount(head, ".pending", counts.left, "still to do");
    const targets = head.querySelectorAll(".target");
    if (targets.length !== 1) return; // how many reach each of several is not told
    const told = `of ${grouped.format(counts.asked)} reach ${targets[0].dataset.target}`;
    tellCount(head, ".target", counts.reached, told, true);
  }

  function tellCount(head, name, n, text, isAlways = false) {
    const place = head.querySelector(name);
    place.hidden = !n && !isAlways;
    const [number, rest] = [grouped.format(n), ` ${text}`];
    if (place.textContent !== number + rest) place.replaceChildren(element("b", {}, number), rest);
  }

  function showCounts(counts) {
    if (counts === null || live.dataset.drawn === "waiting") return;
    const nNew = Math.max(0, counts.done + counts.failed - nShown);
    by("new").hidden = nNew === 0;
    tell(by("show"), `Show ${count(nNew, "variant")} more in the gallery`);
  }

  async function ask() {
    try {
      const response = await fetch("_run/live.json", { cache: "no-store" });
      if (response.ok) show(await response.json());
      else tellTrouble(await response.text());
      nLost = 0;
    } catch {
      nLost += 1;
      if (nLost >= LOST_AFTER) tellTrouble("Nothing is heard of the run: batchquant serve does not answer.");
    }
  }

  function tellTrouble(text) {
    tell(by("told"), text);
    tell(by("ends"), "");
    by("bar").hidden = true;
    list("work", [], String);
  }

  // One question at a time, and none while nobody looks.
  async function watch() {
    if (!document.hidden) await ask();
    setTimeout(watch, EVERY_MS);
  }

  by("show").addEventListener("click", () => location.reload());
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  window.addEventListener("DOMContentLoaded", watch);
})();
