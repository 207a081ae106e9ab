/** The light theme where there is no page to read it from: for figures on paper. A test keeps it equal to `tokens.css`. */
import type { ChartColors } from "./colors.ts";

export const paperColors: ChartColors = {
  ...{ revision: 0, dark: false },
  trace: "#2b2e34",
  traceRaw: "rgb(43 46 52 / 0.3)",
  traceBand: "rgb(43 46 52 / 0.11)",
  traceFill: "rgb(43 46 52 / 0.1)",
  accent: "#285bdc",
  ...{ runA: "#036bb9", runB: "#c05101" },
  runs: ["#036bb9", "#c05101", "#505358", "#0b7a75", "#8a3fb0", "#7a6a00"],
  runBands: ["#036bb92e", "#c051012e", "#5053582e", "#0b7a752e", "#8a3fb02e", "#7a6a002e"],
  error: "#c51d28",
  ...{ raised: "#ffffff", sunken: "#f3f5f2" },
  ...{ line: "#e0e0dd", lineFaint: "#ececea", lineStrong: "#c8c7c3" },
  ...{ text: "#1c1e22", text2: "#505358", text3: "#6a6d73" },
  goodSoft: "#e1f5e4",
  // Heat maps are made of pixels, and on no such figure.
  ...{ sequence: [], ramp: new Uint32Array(0), std: [] },
};
