// @ts-check

import { byId } from "./elements.js";

const WIDTH = 240;
const HEIGHT = 56;
const MARGIN = 4;
/** The scale never gets finer than this, so that noise on a fast connection does not look like trouble. */
const LEAST_TOP_MS = 8;

/**
 * Draws the newest values at the right edge; where one is missing the line has a gap.
 *
 * @param {readonly (number | undefined)[]} values
 * @param {number} places
 */
export function drawSparkline(values, places) {
  const top = Math.max(LEAST_TOP_MS, ...values.map((value) => (value ?? 0) * 1.15));
  /** @type {string[][]} */
  const runs = [[]];
  for (const [index, value] of values.entries()) {
    if (value === undefined) {
      runs.push([]);
      continue;
    }
    const x = WIDTH - ((values.length - 1 - index) * WIDTH) / (places - 1);
    const y = HEIGHT - MARGIN - (value / top) * (HEIGHT - 2 * MARGIN);
    runs.at(-1)?.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
  }
  const drawable = runs.filter((run) => run.length > 1);
  byId("spark-line", SVGPathElement).setAttribute("d", drawable.map((run) => `M${run.join("L")}`).join(""));
  byId("spark-area", SVGPathElement).setAttribute("d", drawable.map(underneath).join(""));
}

/** @param {string[]} run */
function underneath(run) {
  const x = (/** @type {string | undefined} */ point) => point?.split(" ", 1)[0] ?? "0";
  return `M${x(run[0])} ${HEIGHT}L${run.join("L")}L${x(run.at(-1))} ${HEIGHT}Z`;
}
