import { type Outcome, permanent } from '../core/outcome.js';
import type { Serving } from './frontend.js';

/** `<map> <key>`, as socketmap and the line protocol ask. */
export interface NamedRequest {
  readonly map: string;
  /** May be empty and may hold spaces. */
  readonly key: Buffer;
}

/** Asks the map that a request names; undefined stands for what is no request. */
export function askNamedMap(
  serving: Serving,
  request: NamedRequest | undefined,
  answered: (outcome: Outcome) => void,
): void {
  const map = request && serving.maps.get(request.map);
  if (request === undefined) answered(permanent('a request is a map, a space and a key'));
  else if (map === undefined) answered(permanent(`unknown map "${request.map}"`));
  else map.ask(request.key, answered);
}
