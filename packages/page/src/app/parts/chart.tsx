import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useStore } from "../api/store.js";
import { theme, zone } from "../frame/settings.js";
import { tick } from "../words/times.js";
import { roundStep } from "./axis.js";

/** What a chart shows; times are milliseconds. A null breaks the line: it is not observed, not 0. */
export interface ChartData {
  readonly kind: "bars" | "line";
  readonly at: readonly number[];
  readonly values: readonly (number | null)[];
  /** Not observed: hatched. */
  readonly hatched: readonly { readonly since: number; readonly until: number }[];
  /** Points that rest on under half of what they should: drawn as rings. */
  readonly rings?: ReadonlySet<number>;
  /** The bucket that is still running: drawn as an outline. */
  readonly running?: number | undefined;
  /** From and to of the whole axis. */
  readonly since: number;
  readonly until: number;
  /** A dashed line at 0: below it the objective is missed. */
  readonly limit?: boolean;
  /** What the axis counts in, so that its marks are round. */
  readonly unit: "time" | "number";
  format(value: number): string;
}

interface ChartProps {
  readonly data: ChartData;
  /** What it shows, in words: the picture's name. */
  readonly name: string;
  readonly height?: number;
}

/** A chart of one series in one colour. The table with the same values is one key (`t`) away. */
export function Chart({ data, name, height = 132 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const shown = useStore(zone);
  const look = useStore(theme);
  // Another theme or zone draws anew.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(optionsOf(data, element.clientWidth, height, colours(element), shown), dataOf(data), element);
    };
    draw();
    const resize = new ResizeObserver(() => {
      if (plot !== undefined && plot.width !== element.clientWidth && element.clientWidth > 0)
        plot.setSize({ width: element.clientWidth, height });
    });
    resize.observe(element);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", draw);
    return () => {
      resize.disconnect();
      scheme.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [data, height, shown, look]);
  return <div ref={box} class="chart" role="img" aria-label={name} style={{ height: `${height}px` }} />;
}

interface Colours {
  readonly text: string;
  readonly data: string;
  readonly hairline: string;
  readonly edge: string;
  readonly page: string;
  readonly fail: string;
}

function colours(element: Element): Colours {
  const style = getComputedStyle(element);
  // In forced colours the canvas takes the system's, as everything else does.
  const forced = matchMedia("(forced-colors: active)").matches;
  const read = (name: string, system: string) => (forced ? system : style.getPropertyValue(`--${name}`).trim());
  return {
    text: read("second", "CanvasText"),
    data: read("data", "CanvasText"),
    hairline: read("hairline", "GrayText"),
    edge: read("edge", "GrayText"),
    page: read("page", "Canvas"),
    fail: read("fail", "CanvasText"),
  };
}

/** 1, 2 or 5 times a power of ten. */
function niceStep(least: number): number {
  if (!(least > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(least));
  return ([1, 2, 5].find((each) => each * power >= least - 1e-12) ?? 10) * power;
}

function dataOf({ at, values }: ChartData): uPlot.AlignedData {
  return [at.map((time) => time / 1000), [...values]];
}

function optionsOf(
  data: ChartData,
  width: number,
  height: number,
  colour: Colours,
  shown: { readonly utc: boolean },
): uPlot.Options {
  const span = data.until - data.since;
  const font = "11px system-ui, sans-serif";
  const values = data.values.filter((value): value is number => value !== null);
  const most = Math.max(data.limit === true ? 1 : 0, ...values);
  const least = Math.min(0, ...values);
  const step = data.unit === "time" ? roundStep((most - least) / 3) : niceStep((most - least) / 3);
  const top = Math.max(step, Math.ceil(most / step - 1e-9) * step);
  const bottom = Math.floor(least / step + 1e-9) * step;
  const splits = Array.from({ length: Math.round((top - bottom) / step) + 1 }, (_, index) => bottom + index * step);
  const bars = uPlot.paths.bars?.({ size: [0.8, 24] });
  const axis = { font, stroke: colour.text, ticks: { show: false }, grid: { stroke: colour.hairline, width: 1 } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [14, 8, 0, 0],
    scales: {
      x: { time: false, range: [data.since / 1000, data.until / 1000] },
      y: { range: [bottom, top] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 22,
        space: 72,
        values: (_, times) => times.map((split) => tick(split * 1000, span, shown)),
      },
      {
        ...axis,
        size: 62,
        splits: () => splits,
        values: (_, shownSplits) =>
          shownSplits.map((split) => (Math.abs(split) < step / 1000 ? "0" : data.format(split))),
      },
    ],
    series: [
      {},
      data.kind === "bars" && bars !== undefined
        ? { fill: colour.data, width: 0, paths: bars, points: { show: false } }
        : {
            stroke: colour.data,
            width: 1.6,
            points: { show: data.rings !== undefined, size: 5, fill: colour.data, stroke: colour.data },
          },
    ],
    hooks: {
      drawClear: [(plot) => hatch(plot, data, colour)],
      draw: [(plot) => marks(plot, data, colour, font)],
    },
  };
}

function hatch(plot: uPlot, { hatched, until }: ChartData, { edge }: Colours): void {
  const { ctx, bbox } = plot;
  for (const span of hatched) {
    const from = Math.max(bbox.left, plot.valToPos(span.since / 1000, "x", true));
    const to = Math.min(bbox.left + bbox.width, plot.valToPos(Math.min(until, span.until) / 1000, "x", true));
    if (to <= from) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(from, bbox.top, to - from, bbox.height);
    ctx.clip();
    ctx.strokeStyle = edge;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (let x = from - bbox.height; x < to; x += 7 * devicePixelRatio) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function marks(plot: uPlot, data: ChartData, colour: Colours, font: string): void {
  const { ctx, bbox } = plot;
  ctx.save();
  if (data.limit === true) {
    const y = plot.valToPos(0, "y", true);
    ctx.strokeStyle = colour.fail;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
  }
  ctx.setLineDash([]);
  ctx.font = font.replace("11px", `${11 * devicePixelRatio}px`);
  ctx.textAlign = "center";
  data.at.forEach((time, index) => {
    const value = data.values[index];
    if (value === null || value === undefined) return;
    const x = plot.valToPos(time / 1000, "x", true);
    const y = plot.valToPos(value, "y", true);
    if (data.kind === "bars" && value === 0) {
      // A real 0 is seen.
      ctx.fillStyle = colour.data;
      ctx.fillRect(x - 4 * devicePixelRatio, y - 2 * devicePixelRatio, 8 * devicePixelRatio, 2 * devicePixelRatio);
      ctx.fillStyle = colour.text;
      ctx.fillText("0", x, y - 5 * devicePixelRatio);
    }
    if (data.kind === "line" && data.rings?.has(index)) {
      ctx.fillStyle = colour.page;
      ctx.strokeStyle = colour.data;
      ctx.lineWidth = 1.6 * devicePixelRatio;
      ctx.beginPath();
      ctx.arc(x, y, 3.2 * devicePixelRatio, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
    if (data.running === index && data.kind === "bars" && value > 0) {
      const width = Math.min(24, (0.8 * bbox.width) / devicePixelRatio / data.at.length) * devicePixelRatio;
      const base = plot.valToPos(0, "y", true);
      ctx.fillStyle = colour.page;
      ctx.strokeStyle = colour.data;
      ctx.lineWidth = 1.5 * devicePixelRatio;
      ctx.fillRect(x - width / 2, y, width, base - y);
      ctx.strokeRect(x - width / 2, y, width, base - y);
    }
  });
  ctx.restore();
}

/** The same values as a table. */
export function ChartTable({
  data,
  caption,
  column,
}: {
  readonly data: ChartData;
  readonly caption: string;
  readonly column: string;
}) {
  const shown = useStore(zone);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list that scrolls must be reachable by keyboard
    <div class="chart-table" tabIndex={0} role="group" aria-label={caption}>
      <table class="rows">
        <caption class="hidden">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col" class="number">
              {column}
            </th>
          </tr>
        </thead>
        <tbody>
          {data.at.map((time, index) => {
            const value = data.values[index];
            return (
              <tr key={time}>
                <td>{tick(time, data.until - data.since, shown)}</td>
                <td class="number">{value === null || value === undefined ? "no value" : data.format(value)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
