// Which variant of each picture the wall shows: one K and one start for all, or each its own.
"use strict";

batchquant.choice = (() => {
  const wanted = { k: null, init: "", arePicked: false }; // null: each at its own K; "": the closest

  // Places of a card's figures are those of K, then of starts.
  const placeOf = (card, k, init) => card.ks.indexOf(k) * card.inits.length + card.inits.indexOf(init);
  const isDone = (card, k, init) => card.inits.includes(init) && card.psnr[placeOf(card, k, init)] !== null;
  const startsOf = (card, k) => card.inits.filter((init) => isDone(card, k, init));
  const numberOf = (figure) => (figure === "" || figure === null || figure === undefined ? null : Number(figure));
  const levelOf = (card, k, init) => numberOf(card.psnr[placeOf(card, k, init)]);

  function nearest(ks, wish) {
    return ks.reduce((best, k) => (Math.abs(k - wish) < Math.abs(best - wish) ? k : best));
  }

  function ownK(card, ks) {
    if (card.best) return card.best[0];
    if (card.target !== null) return Math.max(...ks); // which comes closest
    if (ks.includes(card.knee)) return card.knee;
    const isExact = (k) => startsOf(card, k).some((init) => levelOf(card, k, init) === Infinity);
    const middle = ks[(ks.length - 1) >> 1];
    return Math.min(middle, ks.find(isExact) ?? middle);
  }

  function closest(card, k) {
    const level = (init) => levelOf(card, k, init) ?? -Infinity;
    return startsOf(card, k).reduce((best, init) => (level(init) > level(best) ? init : best));
  }

  function startFor(card, k) {
    if (isDone(card, k, wanted.init)) return wanted.init;
    const [bestK, bestInit] = card.best ?? [];
    return bestK === k && isDone(card, k, bestInit) ? bestInit : closest(card, k);
  }

  // Where picked ones are asked for, a card shows the first that was picked of it.
  const pickOf = (card) =>
    (wanted.arePicked && batchquant.picks.ofCard(card).find(({ k, init }) => isDone(card, k, init))) || null;

  // Returns K, start and figures of what is shown of a card, or null where nothing is done.
  function of(card) {
    const ks = card.ks.filter((k) => startsOf(card, k).length);
    if (!ks.length) return null;
    const pick = pickOf(card);
    const k = pick?.k ?? (wanted.k === null ? ownK(card, ks) : nearest(ks, wanted.k));
    const init = pick?.init ?? startFor(card, k);
    const place = placeOf(card, k, init);
    return { k, init, key: `${k} ${init}`, psnr: numberOf(card.psnr[place]), deltaE: numberOf(card.deltaE[place]) };
  }

  // By how many decibels the closest start of the K that is shown lies above the one farthest off.
  function gainOf(card) {
    const shown = of(card);
    if (!shown) return null;
    const levels = startsOf(card, shown.k).map((init) => levelOf(card, shown.k, init)).filter(Number.isFinite);
    return levels.length > 1 ? Math.max(...levels) - Math.min(...levels) : null;
  }

  return { wanted, of, ownK, gainOf, isDone, nearest };
})();
