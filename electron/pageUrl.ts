import path from "node:path";

export const PAGE_SCHEME = "layerscope";
const PAGE_HOST = "app";
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`;
export const PAGE_URL = `${PAGE_ORIGIN}/index.html`;

/** The file below `folder` that a URL of the page names, or null when it names none: another host, or a path that leaves the folder. */
export const fileOfPageUrl = (url: string, folder: string): string | null => {
  const parsed = new URL(url);
  if (parsed.host !== PAGE_HOST) return null;
  let pathname: string;
  try {
    pathname = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  if (pathname.includes("\0")) return null;
  const file = path.join(folder, pathname);
  return file.startsWith(folder + path.sep) ? file : null;
};
