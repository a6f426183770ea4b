// How a picture is seen: both sides under a divider, beside each other, in turns, as their difference; or all K.
"use strict";

batchquant.view = (() => {
  const at = (id) => document.getElementById(id);
  const [stage, select, told] = ["stage", "view", "view-told"].map(at);
  const PERIOD = 700; // milliseconds that each side is seen for, in turns
  const FIRST = select.value;
  const listeners = [];
  let timer = 0;

  function show() {
    const [kind, times] = select.value.split("-");
    clearInterval(timer);
    stage.classList.remove("turned");
    stage.dataset.view = kind;
    stage.style.setProperty("--times", times ?? 1);
    if (kind === "turns") timer = setInterval(() => stage.classList.toggle("turned"), PERIOD);
    tell();
    batchquant.zoom.layOut();
  }

  // No page from the disk may read pixels: a browser blends what it shows, reduced or not. What was drawn is shown instead.
  function tell() {
    const [kind, times] = select.value.split("-");
    told.textContent = kind === "difference" ? `difference ×${times}, ${batchquant.compare.whatDiffers()}` : "";
    told.hidden = kind !== "difference";
  }

  function choose(value) {
    select.value = [...select.options].some((option) => option.value === value) ? value : FIRST;
    show();
  }

  function change() {
    show();
    for (const listener of listeners) listener();
  }

  // Chooses a way to see, or lets it go.
  function toggle(value) {
    select.value = select.value === value ? FIRST : value;
    change();
  }

  select.addEventListener("change", change);
  at("viewer").addEventListener("close", () => choose(FIRST));
  show();
  const current = () => select.value;
  const chosen = () => (current() === FIRST ? undefined : current()); // which the address tells
  return { tell, choose, toggle, current, chosen, onChange: (listener) => listeners.push(listener) };
})();
