import type { Call } from '../call.js';
import { obtainList, writeList } from './access.js';
import { type End, pushArgument, reportPushed } from './end.js';

/** LPUSH and its kin: pushes all arguments from the second on; `mustExist`: only onto a list that is there. */
export function pushElements(call: Call, end: End, mustExist: boolean): void {
  const { args, reply } = call;
  const list = mustExist ? writeList(call, 1) : obtainList(call, 1);
  if (!list) {
    reply.integer(0);
    return;
  }
  for (let i = 2; i < args.count; i++) pushArgument(list, end, args, i);
  reportPushed(call, 1, end, args.count - 2);
  reply.integer(list.size);
}
