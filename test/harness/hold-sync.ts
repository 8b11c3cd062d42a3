import { type FileHandle, open } from 'node:fs/promises';
import { vi } from 'vitest';

/** Files that are synced beside the event loop are not until `release`; `path` is a file that may be made. */
export async function holdSync(path: string): Promise<Disposable & { readonly held: number; release(): void }> {
  const file = await open(path, 'w');
  const handles = Object.getPrototypeOf(file) as FileHandle;
  await file.close();
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const spy = vi.spyOn(handles, 'sync').mockReturnValue(released);
  return {
    get held() {
      return spy.mock.calls.length;
    },
    release,
    [Symbol.dispose]: () => spy.mockRestore(),
  };
}
