import type { AnyLayer } from "../../engine/index.ts";

/** The docs of kinds, and lessons, are a few sentences with `code`, *emphasis* and paragraphs; nothing else is written there. */
export const inline = (text: string) =>
  text.split(/(`[^`]+`|\*[^*]+\*)/).map((part, index) => {
    const key = `${index}-${part}`;
    if (part.startsWith("`") && part.endsWith("`") && part.length > 2)
      return <code key={key}>{part.slice(1, -1)}</code>;
    if (part.startsWith("*") && part.endsWith("*") && part.length > 2) return <em key={key}>{part.slice(1, -1)}</em>;
    return part;
  });

/** What a kind computes, its formula and its source. */
export const LayerDoc = ({ layer }: { layer: AnyLayer }) => (
  <div className="inspector-section inspector-doc" role="note" aria-label={`About ${layer.title}`}>
    <p className="inspector-doc-formula">{layer.formula}</p>
    {layer.doc
      .split(/\n{2,}/)
      .filter((paragraph) => paragraph.trim() !== "")
      .map((paragraph) => (
        <p key={paragraph}>{inline(paragraph.replaceAll("\n", " "))}</p>
      ))}
  </div>
);
