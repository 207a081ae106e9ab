/** Numbers for people. */

/** `1,312` */
export const count = (value: number): string => Math.round(value).toLocaleString("en-US");

/** `98.31 %` */
export const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** `accuracy 98.31 %`, or `R² 0.9312` where samples have targets. */
export const scoreText = (accuracy: number | null, r2: number | null | undefined): string =>
  accuracy === null ? `R² ${r2 == null ? "–" : r2.toFixed(4)}` : `accuracy ${percent(accuracy)}`;

/** `0:19`, `1:02:07` */
export const duration = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  const s = String(whole % 60).padStart(2, "0");
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${s}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${s}`;
};

/** `113 MB`; what is less than one in `kB`. */
export const megabytes = (bytes: number): string =>
  bytes < 1e6 ? `${count(bytes / 1e3)} kB` : `${count(bytes / 1e6)} MB`;
