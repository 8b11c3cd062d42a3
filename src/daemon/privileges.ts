import type { RunAs } from '../config/model.js';
import { groupId, groupOfUser, userId } from '../net/accounts.js';

/**
 * Becomes another user for good, with its group and all groups it belongs to. Only root can; who is that user
 * already stays. Rejects, and the process is not to be used any further, when it cannot be done as a whole.
 */
export async function becomeUser({ user, group }: RunAs): Promise<void> {
  const uid = await userId(user);
  const gid = group === undefined ? await groupOfUser(user) : await groupId(group);
  if (gid === undefined) throw new Error(`the group of user ${user} is not known: name it in run-as.group`);
  const { getuid, getgid, setgroups, initgroups, setgid, setuid } = process as WithInitGroups;
  if (!getuid || !getgid || !setgroups || !setgid || !setuid) throw new Error('this system has no users');
  if (getuid() === uid && getgid() === gid) return;
  if (getuid() !== 0) throw new Error(`only root can become user ${user}`);
  // A mere number belongs to no further group.
  if ((await groupOfUser(user)) === undefined) setgroups([gid]);
  else initgroups(/^\d+$/.test(user) ? uid : user, gid);
  setgid(gid);
  setuid(uid);
  if (uid !== 0 && canReturn(setuid)) throw new Error(`user ${user} could become root again`);
}

/** Node's own types leave it out. */
interface WithInitGroups extends NodeJS.Process {
  initgroups(user: string | number, extraGroup: number): void;
}

function canReturn(setuid: (id: number) => void): boolean {
  try {
    setuid(0);
    return true;
  } catch {
    return false;
  }
}
