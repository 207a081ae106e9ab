/** The app's windows as Electron has them: frameless, sandboxed, and kept on their own page. */
import path from "node:path";
import { app, BrowserWindow, nativeTheme, type Session, screen } from "electron";
import { z } from "zod";
import { PAGE_ORIGIN, PAGE_URL } from "./pageUrl.ts";
import { cascaded } from "./windowPlaces.ts";

const MIN_WIDTH = 960;
const MIN_HEIGHT = 640;

const windowBoundsSchema = z.strictObject({
  x: z.int(),
  y: z.int(),
  width: z.int().min(MIN_WIDTH),
  height: z.int().min(MIN_HEIGHT),
  maximized: z.boolean(),
});

type WindowBounds = z.infer<typeof windowBoundsSchema>;

/** Bounds as they were saved, if they still lie on a screen. */
const usableBounds = (saved: string | null): WindowBounds | null => {
  if (saved === null) return null;
  let value: unknown;
  try {
    value = JSON.parse(saved);
  } catch {
    return null;
  }
  const parsed = windowBoundsSchema.safeParse(value);
  if (!parsed.success) return null;
  const { x, y, width } = parsed.data;
  const isOnScreen = screen
    .getAllDisplays()
    .some(
      ({ workArea }) =>
        x < workArea.x + workArea.width - 100 &&
        x + width > workArea.x + 100 &&
        y >= workArea.y &&
        y < workArea.y + workArea.height - 100,
    );
  return isOnScreen ? parsed.data : null;
};

/** A step to the lower right of a window, and as large as it is without being maximized. */
const boundsBeside = (other: BrowserWindow): WindowBounds => {
  const from = other.getNormalBounds();
  const { workArea } = screen.getDisplayMatching(from);
  return { ...cascaded(from, workArea), maximized: false };
};

export const createAppWindow = (call: {
  readonly savedBounds: string | null;
  /** A window that this one shall not cover; null: there is none. */
  readonly beside: BrowserWindow | null;
  readonly onBoundsChanged: (bounds: string) => void;
}): BrowserWindow => {
  const bounds = usableBounds(call.savedBounds) ?? (call.beside === null ? null : boundsBeside(call.beside));
  const { workAreaSize } = screen.getPrimaryDisplay();
  const window = new BrowserWindow({
    width: bounds?.width ?? Math.min(1440, workAreaSize.width),
    height: bounds?.height ?? Math.min(900, workAreaSize.height),
    ...(bounds === null ? {} : { x: bounds.x, y: bounds.y }),
    minWidth: MIN_WIDTH,
    minHeight: MIN_HEIGHT,
    show: false,
    title: "Layerscope",
    icon: path.join(app.getAppPath(), "dist/electron/icon.png"),
    // --canvas of the two themes, so that a slow start does not flash.
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#121314" : "#f3f2f0",
    ...(process.platform === "darwin"
      ? { titleBarStyle: "hidden" as const, trafficLightPosition: { x: 14, y: 14 } }
      : { frame: false }),
    webPreferences: {
      preload: path.join(app.getAppPath(), "dist/electron/preload.cjs"),
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webviewTag: false,
      spellcheck: false,
      additionalArguments: [`--layerscope-version=${app.getVersion()}`],
    },
  });
  if (bounds?.maximized) window.maximize();
  window.setMenuBarVisibility(false);
  window.once("ready-to-show", () => window.show());

  const saveBounds = (): void => {
    if (window.isDestroyed() || window.isMinimized() || window.isFullScreen()) return;
    const saved: WindowBounds = { ...window.getNormalBounds(), maximized: window.isMaximized() };
    call.onBoundsChanged(JSON.stringify(saved));
  };
  // While a window is dragged these come by the hundred.
  let saving: NodeJS.Timeout | undefined;
  const boundsChanged = (): void => {
    clearTimeout(saving);
    saving = setTimeout(saveBounds, 500);
  };
  window.on("resize", boundsChanged);
  window.on("move", boundsChanged);
  window.on("close", saveBounds);
  window.on("closed", () => clearTimeout(saving));

  void window.loadURL(PAGE_URL);
  return window;
};

/** Nothing leads out of the app's page: no navigation, no new window, no webview, no permission. */
export const confineContents = (session: Session): void => {
  app.on("web-contents-created", (_event, contents) => {
    contents.on("will-navigate", (event, url) => {
      if (!url.startsWith(`${PAGE_ORIGIN}/`)) event.preventDefault();
    });
    contents.on("will-redirect", (event) => event.preventDefault());
    contents.on("will-attach-webview", (event) => event.preventDefault());
    contents.setWindowOpenHandler(() => ({ action: "deny" }));
  });
  // Layers are copied and pasted as text.
  const isAllowed = (permission: string): boolean =>
    permission === "clipboard-sanitized-write" || permission === "clipboard-read";
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isAllowed(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isAllowed(permission));
};
