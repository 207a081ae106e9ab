import { useStore } from "@xyflow/react";
import type { ReactNode } from "react";
import { surfaceScale } from "../charts/surface.ts";
import { FontsContext, useFonts } from "./textRoom.ts";
import { SurfaceScaleContext, useDevicePixelRatio, ZoomLevelContext, zoomLevel } from "./zoomLevel.ts";

/** Listens to the zoom once for all nodes: they are told of another level, not of every move of the view. */
export const ZoomLevelProvider = ({ children }: { readonly children: ReactNode }) => {
  useDevicePixelRatio();
  const level = useStore((state) => zoomLevel(state.transform[2]));
  const scale = useStore((state) => surfaceScale(state.transform[2]));
  return (
    <ZoomLevelContext value={level}>
      <SurfaceScaleContext value={scale}>
        <FontsContext value={useFonts()}>{children}</FontsContext>
      </SurfaceScaleContext>
    </ZoomLevelContext>
  );
};
