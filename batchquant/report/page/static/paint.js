// A small picture and a palette → the picture in these colors, on a canvas.
"use strict";

batchquant.paint = (() => {
  const SQUARE = 4; // pixels
  const LINEAR = Float64Array.from({ length: 256 }, (_, level) => {
    const x = level / 255;
    return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
  });

  // Björn Ottosson, https://bottosson.github.io/posts/oklab/, as the package has it.
  function toOklab(red, green, blue, target, at) {
    const [r, g, b] = [LINEAR[red], LINEAR[green], LINEAR[blue]];
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    target[at] = 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
    target[at + 1] = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
    target[at + 2] = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  }

  // Brings colors of `step` bytes each to where distances are measured.
  function place(bytes, step, space) {
    const points = new Float32Array((bytes.length / step) * 3);
    for (let from = 0, to = 0; from < bytes.length; from += step, to += 3) {
      if (space === "oklab") toOklab(bytes[from], bytes[from + 1], bytes[from + 2], points, to);
      else for (let channel = 0; channel < 3; channel++) points[to + channel] = bytes[from + channel];
    }
    return points;
  }

  const bytesOf = (colors) =>
    Uint8Array.from(colors.flatMap(([hex]) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16))));

  // Returns where the nearest of some colors begins; written out, since it is asked a million times a second.
  function findNearest(points, at, entries) {
    const x = points[at];
    const y = points[at + 1];
    const z = points[at + 2];
    let best = 0;
    let least = Infinity;
    for (let entry = 0; entry < entries.length; entry += 3) {
      const dx = x - entries[entry];
      const dy = y - entries[entry + 1];
      const dz = z - entries[entry + 2];
      const distance = dx * dx + dy * dy + dz * dz;
      if (distance < least) {
        least = distance;
        best = entry;
      }
    }
    return best;
  }

  async function decode(url) {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  }

  // Brings what a script says of a card to what can be painted: its pixels, or a strip of drawn pictures.
  async function prepare(small) {
    if (small.strip) small.drawn ??= await decode(small.strip);
    if (!small.picture) return;
    const image = await decode(small.picture);
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(image, 0, 0);
    small.pixels = context.getImageData(0, 0, canvas.width, canvas.height);
    delete small.picture;
  }

  const isReady = (small) => Boolean(small.pixels || small.drawn);

  // Paints the variant of a key, such as "6 kmeans++", of what is prepared.
  function show(canvas, small, key) {
    const context = canvas.getContext("2d");
    if (small.drawn) {
      const [width, height, columns] = small.tile;
      const number = Object.keys(small.colors).indexOf(key);
      const [x, y] = [(number % columns) * width, Math.floor(number / columns) * height];
      [canvas.width, canvas.height] = [width, height];
      context.drawImage(small.drawn, x, y, width, height, 0, 0, width, height);
      return;
    }
    small.points ??= place(small.pixels.data, 4, small.space);
    const { pixels, points } = small;
    [canvas.width, canvas.height] = [pixels.width, pixels.height];
    context.putImageData(inColors(pixels, points, bytesOf(small.colors[key]), small.space), 0, 0);
  }

  function inColors(pixels, points, palette, space) {
    const entries = place(palette, 3, space);
    const painted = new ImageData(pixels.width, pixels.height);
    for (let at = 0, pixel = 0; at < points.length; at += 3, pixel += 4) {
      const entry = findNearest(points, at, entries);
      const share = pixels.data[pixel + 3] / 255;
      const behind = share < 1 ? boardAt(pixel / 4, pixels.width) : 0;
      for (let channel = 0; channel < 3; channel++) {
        painted.data[pixel + channel] = share * palette[entry + channel] + (1 - share) * behind;
      }
      painted.data[pixel + 3] = 255;
    }
    return painted;
  }

  // What is transparent shows a checkerboard, as on the original.
  function boardAt(pixel, width) {
    const square = Math.floor((pixel % width) / SQUARE) + Math.floor(Math.floor(pixel / width) / SQUARE);
    return square % 2 ? 224 : 255;
  }

  // The colors of a variant side by side, each as wide as its share of pixels.
  function stripe(colors) {
    const total = colors.reduce((sum, [, pixels]) => sum + pixels, 0) || 1;
    let left = 0;
    const stops = colors.map(([hex, pixels]) => {
      const begin = left;
      left += (100 * pixels) / total;
      return `${hex} ${begin.toFixed(2)}% ${left.toFixed(2)}%`;
    });
    return `linear-gradient(90deg, ${stops.join(", ")})`;
  }

  return { LINEAR, isReady, prepare, show, stripe };
})();
