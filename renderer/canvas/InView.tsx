import { useStore } from "@xyflow/react";
import { type ReactNode, useMemo } from "react";
import { createPortal } from "react-dom";

/**
 * Moves with the graph, above the nodes. React Flow's own `ViewportPortal` looks for its place on the page, past all nodes, whenever anything
 * changes; this one does once.
 */
export const InView = ({ children }: { readonly children: ReactNode }) => {
  const root = useStore((state) => state.domNode);
  const place = useMemo(() => root?.querySelector(".react-flow__viewport-portal") ?? null, [root]);
  return place === null ? null : createPortal(children, place);
};
