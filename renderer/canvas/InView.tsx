import { useStore } from "@xyflow/react";
import { type ReactNode, useMemo } from "react";
import { createPortal } from "react-dom";

/**
 * Moves with the graph, above the nodes, or in another place of React Flow's view. React Flow's own `ViewportPortal` looks for its place on the page, past all nodes, whenever anything
 * changes; this one does once.
 */
export const InView = ({
  children,
  place: selector = ".react-flow__viewport-portal",
}: {
  readonly children: ReactNode;
  readonly place?: string;
}) => {
  const root = useStore((state) => state.domNode);
  const place = useMemo(() => root?.querySelector(selector) ?? null, [root, selector]);
  return place === null ? null : createPortal(children, place);
};
