import { MessageChannel } from 'node:worker_threads';

/**
 * Gives the memory of buffers back at once, without the garbage collector: what is in a message goes with it when nobody
 * can receive it any more. Takes 0.6 ms for each 8 MiB. Nobody may use the buffers any more: they are empty from now on.
 */
export function freeBuffers(buffers: readonly ArrayBuffer[]): void {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(undefined, buffers);
  port2.close();
}
