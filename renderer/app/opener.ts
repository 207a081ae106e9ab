/** What opens over something else gives the focus back to where it was. */
import { useState } from "react";
import { focusMainRegion } from "./focusKeeper.ts";

/** What had the focus when the component that asks first came. */
export const useOpener = (): Element | null => useState(() => document.activeElement)[0];

/** To the region where the work is, if what had it can no longer be reached. */
export const returnFocus = (opener: Element | null): void => {
  const canHave = opener instanceof HTMLElement || opener instanceof SVGElement;
  const isThere = canHave && opener.isConnected && opener !== document.body;
  if (isThere && opener.closest("[inert]") === null) opener.focus({ preventScroll: true });
  else focusMainRegion();
};
