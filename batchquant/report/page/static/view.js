// How both sides are seen: under a divider, in turns, or as the difference of one and the other.
"use strict";

batchquant.view = (() => {
  const at = (id) => document.getElementById(id);
  const [stage, select, told] = ["stage", "view", "view-told"].map(at);
  const PERIOD = 700; // milliseconds that each side is seen for, in turns
  let timer = 0;

  function show() {
    const [kind, times] = select.value.split(" ");
    clearInterval(timer);
    stage.classList.remove("turned");
    stage.dataset.view = kind;
    stage.style.setProperty("--times", times ?? 1);
    if (kind === "turns") timer = setInterval(() => stage.classList.toggle("turned"), PERIOD);
    // No page from the disk may read pixels: a browser blends what it shows, reduced or not.
    told.textContent = kind === "difference" ? `difference × ${times}, of what is shown` : "";
    told.hidden = kind !== "difference";
  }

  function toggleTurns() {
    select.value = select.value === "turns" ? "divider" : "turns";
    show();
  }

  select.addEventListener("change", show);
  at("viewer").addEventListener("close", () => {
    select.value = "divider";
    show();
  });
  return { toggleTurns };
})();
