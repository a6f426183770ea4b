// Two pictures under one divider, with zoom.
"use strict";

batchquant.compare = (() => {
  const at = (id) => document.getElementById(id);
  const [stage, pane, pictures, divider] = ["stage", "pane", "pictures", "divider"].map(at);
  const [original, result, missing] = ["original", "result", "missing"].map(at);
  const STEPS = [0.25, 0.5, 1, 2, 4, 8, 16];
  let size = { width: 1, height: 1 }; // in square pixels
  let zoom = null; // null: as large as fits, but no more than the picture's own size times 8
  let tellReduced = () => {};
  let share = 50; // of the stage's width that is left of the divider, in percent

  function fitting() {
    const scale = Math.min(pane.clientWidth / size.width, pane.clientHeight / size.height);
    return Math.min(scale, 8);
  }

  function layOut() {
    const scale = zoom ?? fitting();
    pictures.style.width = `${size.width * scale}px`;
    pictures.style.height = `${size.height * scale}px`;
    pictures.classList.toggle("pixels", scale > 1);
    at("zoom-level").textContent = `${Math.round(100 * scale)} %`;
    at("zoom-fit").setAttribute("aria-pressed", String(zoom === null));
    pane.classList.toggle("zoomed", zoom !== null && scale > fitting());
    divide();
  }

  // The divider belongs to the stage and stays in sight, wherever a zoomed picture is scrolled to.
  function divide() {
    divider.style.left = `${share}%`;
    divider.setAttribute("aria-valuenow", String(Math.round(share)));
    divider.setAttribute("aria-valuetext", `${Math.round(share)} % of the left side`);
    const edge = stage.getBoundingClientRect().left + (share / 100) * stage.clientWidth;
    const cut = Math.max(0, edge - pictures.getBoundingClientRect().left);
    result.style.clipPath = `inset(0 0 0 ${cut}px)`;
  }

  function moveTo(percent) {
    share = Math.max(0, Math.min(100, percent));
    divide();
  }

  function zoomBy(step) {
    const scale = zoom ?? fitting();
    const next = step > 0 ? STEPS.find((s) => s > scale * 1.01) : STEPS.findLast((s) => s < scale / 1.01);
    if (next) zoomTo(next);
  }

  // What is in the middle stays in the middle.
  function zoomTo(scale) {
    const x = (pane.scrollLeft + pane.clientWidth / 2) / pane.scrollWidth;
    const y = (pane.scrollTop + pane.clientHeight / 2) / pane.scrollHeight;
    zoom = scale;
    layOut();
    pane.scrollLeft = x * pane.scrollWidth - pane.clientWidth / 2;
    pane.scrollTop = y * pane.scrollHeight - pane.clientHeight / 2;
    divide();
  }

  // Sets or keeps what is compared; a side has a name and a picture, or why there is none.
  function show(card, preview, left, right) {
    const { aspect } = card; // pixels that are not square are stretched, so that none is lost
    size = { width: (card.width || 1) * Math.max(aspect, 1), height: (card.height || 1) / Math.min(aspect, 1) };
    const shown = [left, right].map((side) => pictureOf(preview, side));
    const isStarted = card.psnr.some((level) => level !== null);
    const noPreview = isStarted && !preview ? ["No preview of the original. "] : [];
    missing.replaceChildren(...noPreview, ...(left.why ?? []), ...(right.why ?? []));
    missing.hidden = !missing.childNodes.length;
    stage.classList.toggle("single", !shown[1]);
    set(original, shown[0], `${left.name} of ${batchquant.labelOf(card)}`);
    set(result, shown[1], `${batchquant.labelOf(card)}, ${right.name}`);
    set(at("peek"), preview, "");
    at("side-told-left").textContent = left.name;
    at("side").textContent = right.name;
    tellReduced = () => {
      for (const [image, label, side] of [[original, at("side-told-left"), left], [result, at("side"), right]]) {
        if (side.name === "original") label.textContent = `original${reducedBy(image, card)}`;
      }
    };
    tellReduced();
    layOut();
  }

  function pictureOf(preview, side) {
    if (side.name === "original") return preview;
    return side.picture && batchquant.link(side.picture);
  }

  // What is looked at as the original may be smaller than it is.
  function reducedBy(image, card) {
    const longest = Math.max(size.width, size.height);
    const shown = Math.max(image.naturalWidth, image.naturalHeight);
    return shown && shown < Math.floor(longest) ? `: preview, ${shown} of ${Math.round(longest)} px` : "";
  }

  // Shows the original alone, as long as that is wished.
  function peek(isWished) {
    stage.classList.toggle("peeking", isWished && !at("peek").hidden);
  }

  function set(image, source, text) {
    image.hidden = !source;
    image.alt = source ? text : "";
    if (!source) image.removeAttribute("src");
    else if (image.getAttribute("src") !== source) image.src = source;
  }

  function reset() {
    zoom = null;
    moveTo(50);
  }

  result.addEventListener("error", () => {
    missing.textContent = "The picture of this variant is missing: run the job file again.";
    missing.hidden = false;
  });

  for (const image of [original, result]) image.addEventListener("load", () => tellReduced());

  // Drag the divider from anywhere; where the picture is larger than the pane, from its handle.
  let dragged = null;
  function drag(event) {
    const box = stage.getBoundingClientRect();
    moveTo((100 * (event.clientX - box.left)) / box.width);
  }
  for (const target of [divider, pane]) {
    target.addEventListener("pointerdown", (event) => {
      const isTouchOnPane = target === pane && event.pointerType !== "mouse";
      if (event.button !== 0 || isTouchOnPane) return;
      if (target === pane && pane.classList.contains("zoomed")) return;
      event.preventDefault();
      divider.focus({ preventScroll: true });
      dragged = target;
      target.setPointerCapture(event.pointerId);
      drag(event);
    });
    target.addEventListener("pointermove", (event) => dragged === target && drag(event));
    for (const end of ["pointerup", "pointercancel"]) {
      target.addEventListener(end, () => (dragged = null));
    }
  }
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

  const fit = () => {
    zoom = null;
    layOut();
  };
  at("zoom-in").addEventListener("click", () => zoomBy(1));
  at("zoom-out").addEventListener("click", () => zoomBy(-1));
  at("zoom-fit").addEventListener("click", fit);
  pane.addEventListener("scroll", divide, { passive: true });
  pane.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey) return; // pinching a touchpad, too
      event.preventDefault();
      zoomBy(event.deltaY < 0 ? 1 : -1);
    },
    { passive: false },
  );
  new ResizeObserver(layOut).observe(stage);
  return { show, reset, zoomBy, zoomTo, fit, peek };
})();
