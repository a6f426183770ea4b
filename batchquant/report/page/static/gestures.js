// A mouse and fingers on the opened picture: drag, wheel, double click, tap, swipe, pinch.
"use strict";

(() => {
  const { divider, grid, viewer, zoom } = batchquant;
  const [stage, pane] = ["stage", "pane"].map((id) => document.getElementById(id));
  const MOVED = 5; // pixels from which a click or tap is a drag
  const SWIPED = 50; // pixels from which a drag of a finger turns to another picture
  const DOUBLE = { time: 350, distance: 30 }; // milliseconds and pixels within which two taps are one
  const WHEEL = 0.0015; // of a doubling, about, for a pixel that is scrolled
  const PINCHED_WHEEL = 0.01; // touchpads say so of two fingers, in smaller steps
  const LINE = 16; // pixels that browsers take for a line of a wheel
  const pointers = new Map(); // those that are down → where they are
  let drag = null; // where it began, and what it is: null as yet, "pan", "divide", "swipe", "pinch" or "over"
  let taps = []; // the last two: where and when, and where the divider was before

  const distance = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);
  const placeOf = ({ clientX, clientY }) => ({ x: clientX, y: clientY });

  // Where a place on the screen lies in the window below it, from its middle.
  function inWindow({ x, y }) {
    const below = document.elementsFromPoint(x, y).find((each) => each.matches(".window"));
    const box = (below ?? pane).getBoundingClientRect();
    return { x: x - box.left - box.width / 2, y: y - box.top - box.height / 2 };
  }

  function kindOf(event) {
    if (event.target.closest(".divider")) return "over"; // it moves itself
    if (zoom.isLarger()) return "pan";
    if (event.pointerType !== "touch") return divider.isShown() ? "divide" : "over";
    return "swipe";
  }

  // A second finger pinches, wherever the first is.
  function begin(event) {
    if (event.button !== 0 || event.target.closest(".zoom, a")) return;
    if (event.pointerType === "mouse") pointers.clear();
    pointers.set(event.pointerId, placeOf(event));
    if (pointers.size === 1) drag = { from: placeOf(event), kind: null };
    else drag = { ...pinched(), kind: "pinch" };
    if (drag.kind === "pinch") divider.release();
  }

  // How far two fingers are from each other, and what is between them.
  function pinched() {
    const [a, b] = [...pointers.values()];
    return { apart: distance(a, b), between: { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 } };
  }

  function move(event) {
    if (event.pointerType === "mouse" && !event.buttons) pointers.clear(); // let go outside of the page
    const before = pointers.get(event.pointerId);
    if (!before) return;
    const now = placeOf(event);
    if (drag.kind === null) {
      if (distance(now, drag.from) < MOVED) return;
      drag.kind = kindOf(event);
      if (drag.kind !== "over") pane.setPointerCapture(event.pointerId);
    }
    pointers.set(event.pointerId, now);
    MOVES[drag.kind]?.(event, { x: now.x - before.x, y: now.y - before.y });
  }

  const MOVES = {
    pan: (_, by) => zoom.panBy(by.x, by.y),
    divide: divider.follow,
    swipe: ({ clientX }) => (pane.style.translate = `${(clientX - drag.from.x) / 2}px`),
    pinch() {
      const now = pinched();
      zoom.panBy(now.between.x - drag.between.x, now.between.y - drag.between.y);
      if (drag.apart > 0) zoom.zoomFreely((zoom.scale() * now.apart) / drag.apart, inWindow(now.between));
      drag = { ...drag, ...now };
    },
  };

  function end(event) {
    if (!pointers.delete(event.pointerId)) return;
    const { kind, from } = drag;
    if (pointers.size) {
      drag.kind = "over"; // the finger that is left neither pans nor taps
      return;
    }
    pane.style.translate = "";
    if (event.type === "pointercancel") return;
    if (kind === null) tap(event);
    if (kind === "swipe") swipe(event.clientX - from.x, event.clientY - from.y);
  }

  function swipe(x, y) {
    if (Math.abs(x) > SWIPED && Math.abs(x) > Math.abs(y)) viewer.go(x < 0 ? 1 : -1);
  }

  // The first of two taps moves the divider at once, since nobody waits; the second takes that back.
  function tap(event) {
    const isTouch = event.pointerType === "touch";
    taps = [...taps, { ...placeOf(event), isTouch, time: event.timeStamp, share: divider.share() }].slice(-2);
    const [first, second] = taps;
    if (isTouch && second && second.time - first.time < DOUBLE.time && distance(first, second) < DOUBLE.distance) {
      toggle(event);
    } else if (divider.isShown()) divider.follow(event);
  }

  function toggle(event) {
    if (taps.length) divider.moveTo(taps[0].share);
    taps = [];
    zoom.toggle(inWindow(placeOf(event)));
  }

  function turn(event) {
    if (grid.isScrolled() && !event.ctrlKey) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const by = Math.exp(-event.deltaY * lines * (event.ctrlKey ? PINCHED_WHEEL : WHEEL));
    zoom.zoomFreely(zoom.scale() * by, inWindow(placeOf(event)));
  }

  stage.addEventListener("pointerdown", begin);
  stage.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) stage.addEventListener(name, end);
  // Of a mouse the system says how quick two clicks are; of fingers not every browser tells.
  stage.addEventListener("dblclick", (event) => taps.at(-1)?.isTouch === false && toggle(event));
  pane.addEventListener("dragstart", (event) => event.preventDefault());
  stage.addEventListener("wheel", turn, { passive: false });
})();
