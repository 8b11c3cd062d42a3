import type { Writable } from 'node:stream';

/** Writes a program's whole input. One that ends without reading it breaks the pipe, and that is no fault. */
export function feed(stdin: Writable | null, input: string | Uint8Array = ''): void {
  stdin?.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  stdin?.end(input);
}
