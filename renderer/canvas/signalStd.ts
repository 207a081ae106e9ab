/** How an edge shows the std of the signal it carries. */

/** Where a std stands among `--std-0…8`: log10 from −2 (0.01) to 2 (100), as 0 to 8. */
export const stdStop = (std: number): number => Math.min(8, Math.max(0, 2 * (Math.log10(std) + 2)));

/** 2 px at std 1, 1.5 px at 0.01 and less, 3.5 px at 100 and more. */
export const stdWidth = (std: number): number => {
  const stop = stdStop(std);
  return stop <= 4 ? 1.5 + 0.5 * (stop / 4) : 2 + 1.5 * ((stop - 4) / 4);
};

export interface SignalLook {
  /** The number of a `--std` colour. */
  readonly stop: number;
  readonly width: number;
}

/** Null where nothing was measured. Widths differ by tenths of a px: what cannot be seen is not drawn anew. */
export const signalLook = (std: number | null): SignalLook | null =>
  std === null || Number.isNaN(std)
    ? null
    : { stop: Math.round(stdStop(std)), width: Math.round(10 * stdWidth(std)) / 10 };
