import { expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/load.js';
import type { HttpLookupConfig } from '../../../src/config/model.js';
import { Lists } from '../../../src/daemon/lists.js';
import { silentListEvents } from '../../../src/lookups/lists/list-events.js';
import { ListSource } from '../../../src/lookups/lists/list-source.js';
import { ManualClock } from '../../../src/testing/clock.js';

const configOf = (...ids: string[]) =>
  loadConfig({
    text: ids.map((id) => `[http-lookup.${id}]\nurl = "http://127.0.0.1/${id}"\nformat = "list"\n`).join(''),
  });

/** Lists that are fetched: `open` are those that were opened and not closed. */
function watched() {
  const open: string[] = [];
  const lists = new Lists(new ManualClock(), silentListEvents, (config: HttpLookupConfig) => {
    open.push(config.id);
    return {
      config,
      source: new ListSource(config.id),
      loadedAt: undefined,
      prepare: () => (config.id === 'bad' ? Promise.reject(new Error('refused')) : Promise.resolve()),
      load: () => Promise.resolve(),
      close: () => void open.splice(open.indexOf(config.id), 1),
    };
  });
  return { open, lists };
}

test('lists of a configuration that is not used are closed, and those that are in use stay', async () => {
  const { open, lists } = watched();
  (await lists.prepare(configOf('a', 'b'))).commit();
  const next = await lists.prepare(configOf('b', 'c'));
  expect(open).toEqual(['a', 'b', 'c']);
  next.abandon();
  expect(open).toEqual(['a', 'b']);
  await expect(lists.prepare(configOf('b', 'c', 'bad'))).rejects.toThrow('refused');
  expect(open).toEqual(['a', 'b']);
  (await lists.prepare(configOf('b', 'c'))).commit();
  expect(open).toEqual(['b', 'c']);
  lists.close();
  expect(open).toEqual([]);
});
