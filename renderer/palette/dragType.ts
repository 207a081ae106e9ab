/** The MIME type under which a drag from the palette carries the kind. */
export const KIND_TYPE = "application/x-layerscope-kind";
