import type { CommandDeclaration } from '../command.js';
import { asking } from './asking.js';
import { cluster } from './cluster/index.js';
import { readonly } from './readonly.js';
import { readwrite } from './readwrite.js';

export const clusterCommands: readonly CommandDeclaration[] = [asking, cluster, readonly, readwrite];
