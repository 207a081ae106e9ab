/** Calls back when nothing was noted for so long. Setting a timer anew at each move of a hand costs more than asking the clock. */
export const atRest = (restMs: number, callback: () => void) => {
  let timer = 0;
  let notedAt = 0;
  const check = (): void => {
    const leftMs = notedAt + restMs - performance.now();
    if (leftMs > 0) timer = window.setTimeout(check, leftMs);
    else {
      timer = 0;
      callback();
    }
  };
  return {
    note: (): void => {
      notedAt = performance.now();
      if (timer === 0) timer = window.setTimeout(check, restMs);
    },
    cancel: (): void => {
      window.clearTimeout(timer);
      timer = 0;
    },
  };
};
