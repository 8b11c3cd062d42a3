import type { DocumentNode, Position } from '../document.js';
import { isWorldReadable } from '../host.js';
import { expandedText, type Reading } from './section.js';

/** A password stands in the configuration itself, or in the files its macros name: those that everybody can read. */
export function readableFilesOf(reading: Reading, node: DocumentNode | undefined): string[] {
  const expanded = expandedText(reading, node);
  if (expanded === undefined) return [];
  const files = expanded.fromMacro ? expanded.files : [reading.path];
  return files.filter((file) => file !== undefined).filter((file) => isWorldReadable(reading.host, file));
}

export function warnOfReadable({ report }: Reading, at: Position, file: string): void {
  report.warning(at, `every user of this machine can read this password in ${file}`, `chmod 640 ${file}`);
}
