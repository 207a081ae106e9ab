import { useEffect, useLayoutEffect, useRef, useState } from "react";
import { shortcutOf } from "../commands/commandTable.ts";
import { showShortcut } from "../commands/shortcut.ts";

interface Tip {
  readonly anchor: HTMLElement;
  readonly text: string;
  readonly shortcut: string | null;
}

const DELAY_MS = 400;
const GAP = 6;

/** Of the command that it names, or a key of its own. */
const shortcutAt = ({ dataset }: HTMLElement): string | null =>
  dataset.command === undefined ? (dataset.shortcut ?? null) : shortcutOf(dataset.command);

const tipOf = (target: EventTarget | null): Tip | null => {
  if (!(target instanceof Element)) return null;
  const anchor = target.closest<HTMLElement>("[data-tooltip]");
  const text = anchor?.dataset.tooltip;
  return anchor && text ? { anchor, text, shortcut: shortcutAt(anchor) } : null;
};

/** Shows `data-tooltip`, with the shortcut of `data-command` or `data-shortcut` in a kbd, of what the pointer rests on or the keyboard has reached. */
export const TooltipLayer = () => {
  const [tip, setTip] = useState<Tip | null>(null);
  const layer = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let timer = 0;
    const show = (next: Tip | null, delay: number) => {
      window.clearTimeout(timer);
      if (!next) setTip(null);
      else timer = window.setTimeout(() => setTip(tipOf(next.anchor)), delay);
    };
    const over = (event: PointerEvent) => event.pointerType === "mouse" && show(tipOf(event.target), DELAY_MS);
    const focused = (event: FocusEvent) => {
      const next = tipOf(event.target);
      if (next?.anchor.matches(":focus-visible")) show(next, DELAY_MS);
    };
    const hide = () => show(null, 0);
    document.addEventListener("pointerover", over);
    document.addEventListener("focusin", focused);
    document.addEventListener("focusout", hide);
    document.addEventListener("pointerdown", hide, true);
    document.addEventListener("keydown", hide, true);
    return () => {
      window.clearTimeout(timer);
      document.removeEventListener("pointerover", over);
      document.removeEventListener("focusin", focused);
      document.removeEventListener("focusout", hide);
      document.removeEventListener("pointerdown", hide, true);
      document.removeEventListener("keydown", hide, true);
    };
  }, []);

  // What an element says may change while the pointer rests on it: a run that was stopping has stopped.
  const anchor = tip?.anchor ?? null;
  useEffect(() => {
    if (anchor === null) return;
    const observer = new MutationObserver(() => setTip(anchor.dataset.tooltip === undefined ? null : tipOf(anchor)));
    observer.observe(anchor, { attributeFilter: ["data-tooltip", "data-command", "data-shortcut"] });
    return () => observer.disconnect();
  }, [anchor]);

  useLayoutEffect(() => {
    const element = layer.current;
    if (!element || !tip) return;
    const box = tip.anchor.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = element;
    const below = box.bottom + GAP + height < window.innerHeight;
    const left = box.left + box.width / 2 - width / 2;
    element.style.left = `${Math.max(8, Math.min(left, window.innerWidth - width - 8))}px`;
    element.style.top = `${below ? box.bottom + GAP : box.top - GAP - height}px`;
  }, [tip]);

  if (!tip?.anchor.isConnected) return null;
  return (
    <div ref={layer} role="tooltip" className="tooltip">
      {tip.text}
      {tip.shortcut !== null && <kbd className="kbd">{showShortcut(tip.shortcut)}</kbd>}
    </div>
  );
};
