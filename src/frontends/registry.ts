import type { Protocol } from '../config/model.js';
import { dict } from './dict/frontend.js';
import type { Frontend } from './frontend.js';
import { http } from './http/frontend.js';
import { line } from './line/frontend.js';
import { policy } from './policy/frontend.js';
import { resp } from './resp/frontend.js';
import { socketmap } from './socketmap/frontend.js';
import { tcpTable } from './tcp-table/frontend.js';

/** Every protocol a listener may speak, by its name in the configuration. */
export const frontends: Readonly<Record<Protocol, Frontend>> = {
  socketmap,
  'tcp-table': tcpTable,
  line,
  policy,
  dict,
  http,
  resp,
};
