import { type Random, seededRandom } from '../core/random.js';
import { slotOf } from '../resp/key-slot.js';
import { CommandLog } from './command-log.js';
import { errorReply, type KnownError } from './error-replies.js';
import { type CommandPattern, fits, type ReceivedCommand } from './received-command.js';

/** What goes wrong. */
export type Fault =
  /** The command is executed; its reply, and those behind it, arrive so many milliseconds of the clock later. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection ends before the command is executed. */
  | { readonly kind: 'drop-before' }
  /** The command is executed, then the connection ends without the reply. */
  | { readonly kind: 'drop-after' }
  /** The command is executed, only the reply's first bytes arrive, then the connection ends. */
  | { readonly kind: 'cut'; readonly bytes: number }
  /** This command and all later ones of its connection are executed, and nothing is answered any more. */
  | { readonly kind: 'silence' }
  /** The command is not executed. A known word alone is completed: `LOADING` is what Redis says while it loads. */
  | { readonly kind: 'error'; readonly message: KnownError | (string & {}) }
  /** The command is not executed, and sent to `to`, `host:port` or what has a port, for its key's slot. */
  | { readonly kind: 'moved'; readonly to: string | { readonly port: number } }
  | { readonly kind: 'ask'; readonly to: string | { readonly port: number } }
  /** New connections are reset. What names commands does not apply. */
  | { readonly kind: 'refuse' };

/** When a fault strikes: at the commands of the pattern, or at new connections. */
export interface FaultRule extends CommandPattern {
  readonly fault: Fault;
  /** How often it strikes: once by default, with `every` or `probability` until it is removed, as with `always`. */
  readonly times?: number | 'always';
  /** Only at each so-manieth of what fits. */
  readonly every?: number;
  /** Only at this share of what fits, 0 to 1: chosen by the seed, so that a test sees the same again. */
  readonly probability?: number;
}

/** A fault that was injected: `using` removes it at the end of its scope. */
export interface InjectedFault extends Disposable {
  /** How often it has struck. */
  readonly struck: number;
  remove(): void;
}

/** The fault at all of them, each counting for itself. */
export function injectAll(
  servers: readonly { inject(rule: FaultRule): InjectedFault }[],
  rule: FaultRule,
): InjectedFault {
  const faults = servers.map((server) => server.inject(rule));
  const remove = () => faults.forEach((fault) => void fault.remove());
  return {
    get struck() {
      return faults.reduce((sum, { struck }) => sum + struck, 0);
    },
    remove,
    [Symbol.dispose]: remove,
  };
}

/** The faults of a server or a proxy. The first that fits and is not used up strikes. */
export class Faults {
  readonly commands = new CommandLog();
  private rules: Rule[] = [];
  private made = 0;

  constructor(private readonly seed = 1) {}

  inject(rule: FaultRule): InjectedFault {
    const random = seededRandom(this.seed + ++this.made);
    const added = new Rule(rule, random, () => {
      this.rules = this.rules.filter((other) => other !== added);
    });
    this.rules.push(added);
    return added;
  }

  /** Forgets all of them. */
  heal(): void {
    this.rules = [];
  }

  /** Notes a command; what goes wrong with it. */
  strike(command: ReceivedCommand): Strike | undefined {
    this.commands.add(command);
    for (const rule of this.rules) {
      const { fault } = rule.rule;
      if (fault.kind !== 'refuse' && fits(rule.rule, command) && rule.strikes()) return strikeOf(fault, command);
    }
    return undefined;
  }

  /** Whether a connection that has come is to be reset. */
  refuses(): boolean {
    return this.rules.some((rule) => rule.rule.fault.kind === 'refuse' && rule.strikes());
  }
}

/** A fault of one command, what it is answered with made out. */
export type Strike = Exclude<Fault, { kind: 'moved' | 'ask' | 'refuse' }>;

class Rule implements InjectedFault {
  struck = 0;
  private met = 0;
  private readonly times: number;

  constructor(
    readonly rule: FaultRule,
    private readonly random: Random,
    readonly remove: () => void,
  ) {
    const { every, probability } = rule;
    const { times = every === undefined && probability === undefined ? 1 : 'always' } = rule;
    this.times = times === 'always' ? Number.POSITIVE_INFINITY : times;
  }

  /** It fits: whether it is its turn. */
  strikes(): boolean {
    if (this.struck >= this.times) return false;
    const { every = 1, probability = 1 } = this.rule;
    if (++this.met % every !== 0) return false;
    if (probability < 1 && this.random.float() >= probability) return false;
    this.struck++;
    return true;
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}

function strikeOf(fault: Exclude<Fault, { kind: 'refuse' }>, { keys, args }: ReceivedCommand): Strike {
  if (fault.kind === 'error') return { kind: 'error', message: errorReply(fault.message) };
  if (fault.kind !== 'moved' && fault.kind !== 'ask') return fault;
  const { kind, to } = fault;
  const place = typeof to === 'string' ? to : `127.0.0.1:${to.port}`;
  return { kind: 'error', message: `${kind.toUpperCase()} ${slotOf(Buffer.from(keys[0] ?? args[0] ?? ''))} ${place}` };
}
