/** Where calls of the page arrive: the one place that checks who calls and what with. */
import { type IpcMainEvent, type IpcMainInvokeEvent, ipcMain } from "electron";
import {
  type InvocationAnswers,
  type InvocationArguments,
  type InvocationName,
  invocations,
  type NotificationArguments,
  type NotificationName,
  notifications,
} from "./ipcContract.ts";
import { PAGE_ORIGIN } from "./pageUrl.ts";

type Sender = IpcMainEvent | IpcMainInvokeEvent;

export type InvocationHandlers = {
  readonly [N in InvocationName]: (
    event: IpcMainInvokeEvent,
    ...args: InvocationArguments<N>
  ) => InvocationAnswers[N] | Promise<InvocationAnswers[N]>;
};

export type NotificationHandlers = {
  readonly [N in NotificationName]: (event: IpcMainEvent, ...args: NotificationArguments<N>) => void;
};

/** Only the app's own page in the main frame of a window may call. */
const isOwnPage = (event: Sender): boolean => {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && frame.url.startsWith(`${PAGE_ORIGIN}/`);
};

const refusal = (name: string, event: Sender): Error =>
  new Error(`The call "${name}" from ${event.senderFrame?.url ?? "a closed frame"} was refused.`);

export const handleInvocations = (handlers: InvocationHandlers): void => {
  const handle = <N extends InvocationName>(name: N): void => {
    ipcMain.handle(name, (event, ...args: unknown[]) => {
      if (!isOwnPage(event)) throw refusal(name, event);
      // The schema of the same name has parsed these arguments.
      return handlers[name](event, ...(invocations[name].parse(args) as InvocationArguments<N>));
    });
  };
  for (const name of Object.keys(invocations) as InvocationName[]) handle(name);
};

export const handleNotifications = (handlers: NotificationHandlers): void => {
  const handle = <N extends NotificationName>(name: N): void => {
    ipcMain.on(name, (event, ...args: unknown[]) => {
      // Nobody waits for an answer, and a throw would end the app.
      const parsed = notifications[name].safeParse(args);
      if (!isOwnPage(event)) console.error(refusal(name, event).message);
      else if (!parsed.success) console.error(`The message "${name}" was refused: ${parsed.error.message}`);
      else handlers[name](event, ...(parsed.data as NotificationArguments<N>));
    });
  };
  for (const name of Object.keys(notifications) as NotificationName[]) handle(name);
};
