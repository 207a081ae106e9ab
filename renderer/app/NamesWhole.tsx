import type { ReactNode } from "react";

/** Names with a hyphen that a line must not break at: `CIFAR-10`, `Fashion-MNIST`. */
const NAMES = /\p{Lu}\p{L}*-(?:\d+|\p{Lu}+)/gu;

/** A text whose lines break between words only. */
export const NamesWhole = ({ text }: { readonly text: string }) => {
  const parts: ReactNode[] = [];
  let end = 0;
  for (const { index, 0: name } of text.matchAll(NAMES)) {
    parts.push(
      text.slice(end, index),
      <span key={index} className="name-whole">
        {name}
      </span>,
    );
    end = index + name.length;
  }
  return [...parts, text.slice(end)];
};
