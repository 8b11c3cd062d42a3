import type { MemoryUse } from './memory-use.js';

export interface MemoryFacts extends MemoryUse {
  readonly clientCount: number;
  readonly replicaCount: number;
}

/** MEMORY DOCTOR: what in the measured figures is out of proportion, and what can be done about it. */
export function memoryReport(facts: MemoryFacts): string {
  if (facts.used < EMPTY) return NOTHING_TO_SEE;
  const findings = FINDINGS.map((find) => find(facts)).filter((text) => text !== undefined);
  if (findings.length === 0) return FINE;
  return `${OPENING}\n\n${findings.map((text) => ` * ${text}\n\n`).join('')}${CLOSING}\n`;
}

type Finding = (facts: MemoryFacts) => string | undefined;

const FINDINGS: readonly Finding[] = [
  ({ peak, used }) =>
    when(
      peak / used > 1.5,
      () =>
        `Peak memory: ${mebibytes(peak)} were used once, ${mebibytes(used)} are now. Segments that held keys then are kept for keys to come; only FLUSHALL or a restart gives them back to the system.`,
    ),
  ({ held, used }) =>
    when(
      isFarAbove(held, used, 1.4),
      () =>
        `Free room between values: ${mebibytes(held - used)} lie free in segments that are partly in use. Values of about the sizes that were removed fill it again; a restart from a snapshot packs what is left.`,
    ),
  ({ resident, engine }) =>
    when(
      isFarAbove(resident, engine, 1.4),
      () =>
        `Memory outside of the JavaScript engine: the process holds ${mebibytes(resident)}, of which the engine knows ${mebibytes(engine)}. An embedding program's native modules, or memory that the C library keeps after a peak, make up the rest.`,
    ),
  ({ engine, held }) =>
    when(
      isFarAbove(engine, held, 2),
      () =>
        `JavaScript heap: ${mebibytes(engine - held)} beside keys and values. Garbage that waits to be collected is part of it; if it stays, large collections or the embedding program are what to look at.`,
    ),
  ({ clients, clientCount }) =>
    when(
      clientCount > 0 && clients / clientCount > MANY_CLIENT_BYTES,
      () =>
        `Clients' buffers: ${mebibytes(clients)} for ${clientCount} clients, more than 200 KiB each. CLIENT LIST tells by tot-mem and omem who it is; maxmemory-clients and client-output-buffer-limit bound it.`,
    ),
  ({ replicas, replicaCount }) =>
    when(
      replicaCount > 0 && replicas / replicaCount > MANY_REPLICA_BYTES,
      () =>
        `Replicas' buffers: ${mebibytes(replicas)} wait for ${replicaCount} replicas, more than 10 MiB each: they read too slowly. INFO replication tells the offset and lag of each.`,
    ),
  ({ scripts }) =>
    when(
      scripts.scripts > MANY_SCRIPTS,
      () =>
        `Scripts: ${scripts.scripts} are cached, ${mebibytes(scripts.scriptBytes)}. Scripts that differ in a value only should get it by KEYS and ARGV; SCRIPT FLUSH forgets them all.`,
    ),
];

function when(holds: boolean, text: () => string): string | undefined {
  return holds ? text() : undefined;
}

/** By that factor, and by more than a small server would be blamed for. */
function isFarAbove(more: number, less: number, factor: number): boolean {
  return more / less > factor && more - less > WORTH_A_WORD;
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(1)} MiB`;
}

const MEBIBYTE = 1024 * 1024;
const EMPTY = 5 * MEBIBYTE;
/** Node itself takes 40 to 100 MiB. */
const WORTH_A_WORD = 128 * MEBIBYTE;
const MANY_CLIENT_BYTES = 200 * 1024;
const MANY_REPLICA_BYTES = 10 * MEBIBYTE;
const MANY_SCRIPTS = 1000;
const NOTHING_TO_SEE =
  "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be back to our programming as soon as I finished rebooting.\n";
const FINE =
  "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n";
const OPENING = 'Sam, I detected a few issues in this Redis instance memory implants:';
const CLOSING = "I'm here to keep you safe, Sam. I want to help you.";
