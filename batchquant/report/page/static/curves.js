// Curves over K as inline SVG: a line for each start, the knee and the target marked.
"use strict";

batchquant.curves = (() => {
  const { metrics, say } = batchquant;
  const WIDTH = 320;
  const HEIGHT = 150;
  const LEFT = 48;
  const RIGHT = 8;
  const TOP = 22;
  const BOTTOM = 22;
  const MAX_TICKS = 9;

  function svg(name, attributes, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  // Axes; `scale` brings values to where distances mean something: decibels, or a logarithm.
  function axes(ks, values, scale) {
    const scaled = values.map(scale);
    const low = Math.min(...scaled);
    const high = Math.max(...scaled);
    const across = WIDTH - LEFT - RIGHT;
    const down = HEIGHT - TOP - BOTTOM;
    const first = ks[0];
    const last = ks[ks.length - 1];
    return {
      x: (k) => LEFT + (last > first ? ((k - first) / (last - first)) * across : across / 2),
      y: (value) => TOP + (high > low ? (high - scale(value)) / (high - low) : 0.5) * down,
    };
  }

  // Labels that do not run into each other.
  function chooseTicks(ks, x) {
    const chosen = [];
    for (const k of ks) {
      const previous = chosen[chosen.length - 1];
      if (!chosen.length || x(k) - x(previous) >= (WIDTH - LEFT) / MAX_TICKS) chosen.push(k);
    }
    return chosen;
  }

  function draw(title, unit, variants, figure, options) {
    const known = variants.filter((v) => v.status === "done" && usable(figure(v)));
    const ks = [...new Set(variants.map((v) => v.k))].sort((a, b) => a - b);
    if (!known.length) return null;
    const values = known.map(figure);
    const { x, y } = axes(ks, [...values, ...(options.target === null ? [] : [options.target])], options.scale);
    const low = Math.min(...values);
    const high = Math.max(...values);
    const inits = [...new Set(variants.map((v) => v.init))];
    const parts = [svg("text", { x: 0, y: 11, class: "title" }, `${title}${unit ? `, ${unit}` : ""}`)];
    const text = (attributes, words) => parts.push(svg("text", attributes, words));
    for (const value of low === high ? [low] : [low, high]) {
      const level = y(value);
      parts.push(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: level, y2: level, class: "grid" }));
      text({ x: LEFT - 6, y: level + 4, class: "end" }, options.say(value));
    }
    text({ x: LEFT - 22, y: HEIGHT - 6, class: "end" }, "K");
    for (const k of chooseTicks(ks, x)) text({ x: x(k), y: HEIGHT - 6, class: "middle" }, k);
    if (options.knee !== null) {
      const at = x(options.knee);
      parts.push(svg("line", { x1: at, x2: at, y1: TOP - 4, y2: HEIGHT - BOTTOM, class: "knee" }));
      const side = at > WIDTH - 80 ? { x: at - 4, class: "knee end" } : { x: at + 4, class: "knee" };
      text({ ...side, y: options.rises ? HEIGHT - BOTTOM - 4 : TOP + 12 }, `knee ${options.knee}`);
    }
    if (options.target !== null) {
      const level = y(options.target);
      parts.push(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: level, y2: level, class: "goal" }));
      text({ x: WIDTH - RIGHT, y: level - 3, class: "goal end" }, `target ${options.target}`);
    }
    for (const [index, init] of inits.entries()) {
      const own = known.filter((v) => v.init === init).sort((a, b) => a.k - b.k);
      const points = own.map((v) => `${x(v.k).toFixed(1)},${y(figure(v)).toFixed(1)}`);
      const isCurrent = init === options.current.init;
      const line = { points: points.join(" "), class: `line s${index % 4} ${isCurrent ? "current" : ""}` };
      parts.push(svg("polyline", line));
      for (const v of own) {
        const isHere = isCurrent && v.k === options.current.k;
        const radius = isHere ? 5 : own.length > 40 ? 0 : 2;
        const dot = svg(
          "circle",
          { cx: x(v.k), cy: y(figure(v)), r: radius, class: `dot s${index % 4}` },
          svg("title", {}, `K ${v.k}, ${init}: ${options.say(figure(v))}${unit ? ` ${unit}` : ""}`),
        );
        dot.addEventListener("click", () => options.choose(v.k, init));
        parts.push(dot);
      }
    }
    const knee = options.knee === null ? "no knee" : `knee at K ${options.knee}`;
    const label = `${title} over K from ${ks[0]} to ${ks[ks.length - 1]}: ${options.say(low)} to ${options.say(high)}${unit && ` ${unit}`}, ${knee}`;
    return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label }, ...parts);
  }

  const usable = (value) => value !== null && value !== undefined && Number.isFinite(Number(value));

  // The figures that stand beside pictures, and the one of the target.
  function figureCurves(card, variants, shared) {
    const [goal, value] = card.goal ?? [null, null];
    return metrics
      .filter((metric) => metric.is_told || metric.name === goal)
      .map((metric) => {
        const figure = (v) => (usable(v.figures?.[metric.name]) ? Number(v.figures[metric.name]) : null);
        const title = metric.unit || !metric.symbol ? metric.title : metric.symbol;
        return draw(title, metric.unit, variants, figure, {
          ...shared,
          rises: metric.better === "higher",
          target: metric.name === goal ? value : null,
          scale: (level) => level,
          say: (level) => level.toFixed(metric.digits),
        });
      });
  }

  // Draws the curves of an image, with a legend of its starts.
  function show(target, card, variants, current, choose) {
    const shared = { knee: card.knee, current, choose };
    const drawn = [
      ...figureCurves(card, variants, shared),
      draw("Inertia", "", variants, (v) => (v.inertia > 0 ? v.inertia : null), {
        ...shared, rises: false, target: null, scale: Math.log, say: say.short,
      }),
    ].filter(Boolean);
    const inits = [...new Set(variants.map((v) => v.init))];
    const legend = batchquant.element("p", { className: "legend" });
    for (const [index, init] of inits.entries()) {
      legend.append(batchquant.element("span", { className: `s${index % 4}` }, init));
    }
    target.replaceChildren(...(drawn.length ? [...drawn, legend] : ["Nothing is done yet."]));
  }

  return { show };
})();
