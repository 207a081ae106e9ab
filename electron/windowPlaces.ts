/** Which window a file opens in, and where a new window stands. Rules without windows, so that they can be tried without any. */

export interface OccupiedWindow {
  /** The file of its document, absolute; null: the document is in no file. */
  readonly file: string | null;
  /** Whether nothing was opened or done in it. */
  readonly isEmpty: boolean;
}

export type WindowChoice<W> =
  /** The file is open there already. */
  | { readonly type: "showing"; readonly window: W }
  | { readonly type: "empty"; readonly window: W }
  | { readonly type: "new" };

/** One document has one window; a file opens in the current one only if nothing is there. */
export const chooseWindow = <W extends OccupiedWindow>(
  windows: readonly W[],
  file: string,
  current: W | null,
): WindowChoice<W> => {
  const showing = windows.find((window) => window.file === file);
  if (showing !== undefined) return { type: "showing", window: showing };
  return current?.isEmpty ? { type: "empty", window: current } : { type: "new" };
};

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** So that the title of the window behind can still be read and clicked. */
const CASCADE_STEP = 32;

/** A window of the same size a step to the lower right of another; at the edge of the screen the cascade begins anew. */
export const cascaded = (from: Rectangle, screen: Rectangle): Rectangle => {
  const { width, height } = from;
  const x = from.x + CASCADE_STEP;
  const y = from.y + CASCADE_STEP;
  const fits = x + width <= screen.x + screen.width && y + height <= screen.y + screen.height;
  if (fits) return { x, y, width, height };
  // A window as large as the screen has no room for a step: the corner still tells the two apart by what is on top.
  return { x: screen.x, y: screen.y, width, height };
};
