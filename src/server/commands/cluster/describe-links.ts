import type { ReplySink } from '../../../resp/sink.js';
import type { BusLink } from '../../cluster/bus-link.js';
import type { Cluster } from '../../cluster/cluster.js';
import { writeFields } from './write-fields.js';

/** CLUSTER LINKS: the links to each node, and from it. */
export function describeLinks(reply: ReplySink, { table }: Cluster): void {
  const links = [...table.nodes.values()].flatMap(({ link, inbound }) => [link, inbound]);
  const open = links.filter((link) => link !== undefined);
  reply.array(open.length);
  for (const link of open) describe(reply, link);
}

function describe(reply: ReplySink, link: BusLink): void {
  const { unsent } = link;
  const fields: readonly (readonly [string, string | number])[] = [
    ['direction', link.isInbound ? 'from' : 'to'],
    ['node', link.node?.name ?? ''],
    ['create-time', link.createdAt],
    ['events', unsent > 0 ? 'rw' : 'r'],
    ['send-buffer-allocated', unsent],
    ['send-buffer-used', unsent],
  ];
  writeFields(reply, fields);
}
