/** The MIME type under which a drag from the palette carries the kind. */
export const KIND_TYPE = "application/x-layerscope-kind";
/** The same for the id of a template. */
export const TEMPLATE_TYPE = "application/x-layerscope-template";
