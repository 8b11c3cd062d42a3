import { ReadStream } from 'node:tty';
import type { LinkedStoreConfig } from '../../config/model.js';
import type { Link } from '../../links/link.js';
import { openLinked } from '../../stores/factory.js';
import { fill } from '../../stores/fill.js';
import { whereItRuns } from '../beside-daemon.js';
import { ExitCode } from '../exit-codes.js';
import { eager, warnOfMemory } from '../store-access.js';
import type { Output, Terminal } from '../terminal.js';
import { runBatch } from './batch.js';
import { HistoryFile } from './history.js';
import { KnownCommands } from './known-commands.js';
import { Prompt } from './prompt.js';
import { type ConsoleEvents, ConsoleSession } from './session.js';

/** A prompt where somebody types and reads, else a batch. */
export async function openConsole(
  configured: LinkedStoreConfig,
  terminal: Terminal,
  asJson: boolean,
): Promise<ExitCode> {
  const store = await whereItRuns(configured);
  const { link, store: opened } = await openLinked(eager(store));
  try {
    if (store.type === 'embedded') await fill(opened, store.data, { ifAbsent: store.files !== undefined });
    const openSession = (events: ConsoleEvents) => sessionOf(store, link, events);
    const { input, out } = terminal;
    if (asJson || !(input instanceof ReadStream) || !drawsLines(out))
      return await runBatch(terminal, asJson, openSession);
    greet(terminal, store);
    await new Prompt({
      input,
      out,
      history: new HistoryFile(terminal.env),
      known: new KnownCommands(),
      label: (node) => (link.kind === 'cluster' && node !== undefined ? `${store.id} ${node}` : store.id),
      openSession,
    }).run();
    return ExitCode.ok;
  } finally {
    await opened.close();
  }
}

function sessionOf(store: LinkedStoreConfig, link: Link, events: ConsoleEvents): ConsoleSession {
  const isRedis = store.type === 'redis';
  return new ConsoleSession(link, isRedis ? store.database : 0, isRedis ? store.connectTimeout : store.timeout, events);
}

function drawsLines(out: Output): out is Output & { readonly stream: NodeJS.WritableStream } {
  return out.isTerminal && out.stream !== undefined;
}

function greet(terminal: Terminal, store: LinkedStoreConfig): void {
  const { out } = terminal;
  out.write(`${out.colors.dim('help tells what there is, the tabulator completes, Ctrl-D ends')}\n`);
  warnOfMemory(store, terminal);
  if (store.keyPrefix !== '') {
    out.write(
      `${out.colors.yellow('note:')} the keys of this store begin with "${store.keyPrefix}": write it here yourself\n`,
    );
  }
}
