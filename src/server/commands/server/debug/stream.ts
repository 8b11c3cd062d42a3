import { Target } from '../../../effects.js';
import type { Call } from '../../call.js';

/** DEBUG CHANGE-REPL-ID: from now on replicas have to take a snapshot, as if the data had another history. */
export function changeReplicationId({ reply, server }: Call): void {
  server.log('warning', 'Changing replication IDs after receiving DEBUG change-repl-id');
  server.replication.forgetHistory();
  reply.ok();
}

/** DEBUG REPLICATE: tells replicas a command that was never run here. */
export function replicate(call: Call): void {
  call.propagate(...call.args.texts(2));
  call.told = Target.replicas;
  call.reply.ok();
}
