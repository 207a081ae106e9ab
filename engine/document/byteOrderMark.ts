/** Editors on Windows put a byte order mark before the text. */
export const withoutByteOrderMark = (text: string): string => (text.startsWith("\ufeff") ? text.slice(1) : text);
