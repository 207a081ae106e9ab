import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page. Main, preload, trainer and command line are bundled by `scripts/build.mjs`. */
export default defineConfig({
  root: "renderer",
  base: "./",
  plugins: [react()],
  build: {
    outDir: "../dist/renderer",
    emptyOutDir: true,
    // Electron 25, the oldest that runs the app.
    target: "chrome114",
    // The content security policy allows no data: URLs.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: true,
    reportCompressedSize: false,
    chunkSizeWarningLimit: 2000,
  },
  worker: { format: "es" },
});
