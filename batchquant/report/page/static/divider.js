// The divider: it belongs to the stage and stays in sight, wherever a zoomed picture is moved to.
"use strict";

batchquant.divider = (() => {
  const [stage, divider] = ["stage", "divider"].map((id) => document.getElementById(id));
  let share = 50; // of the stage's width that is left of it, in percent
  let isDragged = false;

  function moveTo(percent) {
    share = Math.max(0, Math.min(100, percent));
    stage.style.setProperty("--share", `${share}%`);
    divider.setAttribute("aria-valuenow", String(Math.round(share)));
    divider.setAttribute("aria-valuetext", `${Math.round(share)} % of the left side`);
  }

  // To where a mouse or a finger is.
  function follow({ clientX }) {
    const box = stage.getBoundingClientRect();
    moveTo((100 * (clientX - box.left)) / box.width);
  }

  divider.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    divider.focus({ preventScroll: true });
    divider.setPointerCapture(event.pointerId);
    isDragged = true;
  });
  divider.addEventListener("pointermove", (event) => isDragged && follow(event));
  const release = () => (isDragged = false);
  for (const end of ["pointerup", "pointercancel"]) divider.addEventListener(end, release);
  divider.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 10 : 2;
    const moves = {
      ArrowLeft: share - step,
      ArrowDown: share - step,
      ArrowRight: share + step,
      ArrowUp: share + step,
      PageDown: share - 10,
      PageUp: share + 10,
      Home: 0,
      End: 100,
    };
    if (!(event.key in moves)) return;
    event.preventDefault();
    moveTo(moves[event.key]);
  });
  const isShown = () => divider.clientWidth > 0;
  return { moveTo, follow, release, isShown, share: () => share };
})();
