// Numbers below a slider, one for each place that it can stand at, as far as there is room.
"use strict";

batchquant.ticks = (() => {
  const { element } = batchquant;
  const MOST = 12; // that are numbered

  // Of many, each second or third has a number, the first and the last always.
  function isNumbered(place, n) {
    const step = Math.ceil((n - 1) / (MOST - 1)) || 1;
    return place === n - 1 || (place % step === 0 && n - 1 - place >= step);
  }

  function show(target, numbers, current) {
    const n = numbers.length;
    const told = JSON.stringify(numbers);
    if (target.dataset.told !== told) {
      const made = numbers.map((number, place) => {
        const tick = element("span", {}, isNumbered(place, n) ? String(number) : "");
        tick.dataset.place = place;
        tick.style.setProperty("--at", n > 1 ? place / (n - 1) : 0);
        return tick;
      });
      target.replaceChildren(...made);
      target.dataset.told = told;
    }
    for (const [place, tick] of [...target.children].entries()) {
      tick.classList.toggle("current", numbers[place] === current);
    }
  }

  return { show };
})();
