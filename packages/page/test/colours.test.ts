import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../src/app/styles/tokens.css"), "utf8");
const THEMES = {
  light: tokensOf(css.slice(css.indexOf(":root {"))),
  dark: tokensOf(css.slice(css.indexOf(':root[data-theme="dark"] {'))),
};
const STATE_COLOURS = ["ok", "fail", "warn", "way", "off"];

describe.each(Object.entries(THEMES))("%s", (_, tokens) => {
  it.each([
    [["text", "second", "link", "ok", "fail"], ["page", "panel", "raised"], 4.5],
    [["warn", "way", "off", "other", "data", "edge"], ["page"], 3],
    [["text", "second"], ["fail-tint", "warn-tint", "way-tint"], 4.5],
  ])("%j can be read on %j", (inks, grounds, least) => {
    for (const ink of inks)
      for (const ground of grounds)
        expect(contrast(tokens[ink], tokens[ground]), `${ink} on ${ground}`).toBeGreaterThanOrEqual(least);
  });

  it("keeps any two states apart, for every kind of colour vision", () => {
    for (const vision of Object.values(VISIONS)) {
      for (const a of STATE_COLOURS) {
        for (const b of STATE_COLOURS)
          if (a < b)
            expect(distance(seen(tokens[a], vision), seen(tokens[b], vision)), `${a}, ${b}`).toBeGreaterThan(15);
      }
    }
  });
});

it("has the same colours when the system asks for dark", () => {
  expect(tokensOf(css.slice(css.indexOf('data-theme="light"]) {')))).toEqual(THEMES.dark);
});

type Three = readonly [number, number, number];

function tokensOf(text: string): Readonly<Record<string, string>> {
  const block = text.slice(0, text.indexOf("}"));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

function linear(hex = "#000000"): Three {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

function contrast(a: string | undefined, b: string | undefined): number {
  const light = (hex: string | undefined) => dot([0.2126, 0.7152, 0.0722], linear(hex)) + 0.05;
  const [x, y] = [light(a), light(b)];
  return Math.max(x, y) / Math.min(x, y);
}

/** Machado 2009, full strength. */
const VISIONS: Readonly<Record<string, readonly [Three, Three, Three]>> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protan: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deutan: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritan: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function dot(a: Three, b: Three): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

/** CIELAB of a colour as such an eye sees it. */
function seen(hex: string | undefined, [r, g, b]: readonly [Three, Three, Three]): Three {
  const from = linear(hex);
  const clamp = (value: number) => Math.min(1, Math.max(0, value));
  const rgb: Three = [clamp(dot(r, from)), clamp(dot(g, from)), clamp(dot(b, from))];
  const f = (value: number) => (value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116);
  const x = f(dot([0.4124564, 0.3575761, 0.1804375], rgb) / 0.95047);
  const y = f(dot([0.2126729, 0.7151522, 0.072175], rgb));
  const z = f(dot([0.0193339, 0.119192, 0.9503041], rgb) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000. */
function distance([l1, a1, b1]: Three, [l2, a2, b2]: Three): number {
  const radians = (degrees: number) => (degrees * Math.PI) / 180;
  const meanC = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanC ** 7 / (meanC ** 7 + 25 ** 7)));
  const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)];
  const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
  const hue = (x: number, b: number) => (x === 0 && b === 0 ? 0 : ((Math.atan2(b, x) * 180) / Math.PI + 360) % 360);
  const [h1, h2] = [hue(x1, b1), hue(x2, b2)];
  const turn = h2 - h1 > 180 ? h2 - h1 - 360 : h2 - h1 < -180 ? h2 - h1 + 360 : h2 - h1;
  const dh = 2 * Math.sqrt(c1 * c2) * Math.sin(radians(c1 * c2 === 0 ? 0 : turn) / 2);
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  const h =
    c1 * c2 === 0 ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2;
  const t =
    1 -
    0.17 * Math.cos(radians(h - 30)) +
    0.24 * Math.cos(radians(2 * h)) +
    0.32 * Math.cos(radians(3 * h + 6)) -
    0.2 * Math.cos(radians(4 * h - 63));
  const sl = 1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2);
  const [sc, sh] = [1 + 0.045 * c, 1 + 0.015 * c * t];
  const rt = -2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7)) * Math.sin(radians(60 * Math.exp(-(((h - 275) / 25) ** 2))));
  const [dl, dc] = [(l2 - l1) / sl, (c2 - c1) / sc];
  return Math.sqrt(dl ** 2 + dc ** 2 + (dh / sh) ** 2 + rt * dc * (dh / sh));
}
