/** Requests and transactions of IndexedDB as promises. */

export const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

export const completed = (transaction: IDBTransaction): Promise<void> =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });

/**
 * Opens a database; it lets go of it when another tab has a newer version, which can only then be made, or when the user has the browser
 * forget it. `onClosed`: then, and when the browser itself closes it.
 */
export const opened = (request: IDBOpenDBRequest, onClosed = (): void => undefined): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => {
      const database = request.result;
      database.onversionchange = () => {
        database.close();
        onClosed();
      };
      database.onclose = onClosed;
      resolve(database);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () =>
      reject(new Error("another tab has an older Layerscope open. Close that tab, and load this one anew"));
  });

/** A database that is opened when it is first asked for, and anew after it was closed or could not be opened. */
export const keptOpen = (open: (onClosed: () => void) => Promise<IDBDatabase>): (() => Promise<IDBDatabase>) => {
  let current: Promise<IDBDatabase> | null = null;
  const begin = (): Promise<IDBDatabase> => {
    const forget = (): void => {
      if (current === opening) current = null;
    };
    const opening = open(forget);
    opening.catch(forget);
    return opening;
  };
  return () => {
    current ??= begin();
    return current;
  };
};
