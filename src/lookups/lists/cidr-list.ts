import { found, notFound, type Outcome } from '../../core/outcome.js';
import { type AddressWords, contains, type Network, parseAddress, parseNetwork } from './ip-address.js';
import { IpRanges } from './ip-ranges.js';
import { errorOf, type ListCompiler, type LoadedList, type Notice } from './loaded-list.js';
import { type Line, WHITE_SPACE, type WrongLine } from './records.js';
import { type Match, type PatternReader, type ReadRule, type Rule, RuleReader } from './rules.js';

/** Networks in the manner of cidr_table(5). Keys that are no address are not found. */
export class CidrListCompiler implements ListCompiler {
  readonly #reader = new RuleReader(readNetwork);
  entries = 0;

  push(line: Line): Notice | undefined {
    return this.#take(this.#reader.push(line));
  }

  end(): Notice | undefined {
    return this.#take(this.#reader.end());
  }

  build(): LoadedList {
    return new CidrList(this.#reader.rules, this.entries);
  }

  #take(read: ReadRule<Network> | WrongLine | undefined): Notice | undefined {
    if (read?.kind === 'wrong') return errorOf(read);
    if (read !== undefined) this.entries++;
    return undefined;
  }
}

const readNetwork: PatternReader<Network> = (text, from) => {
  let end = from;
  while (end < text.length && !WHITE_SPACE.includes(text[end] as string)) end++;
  const pattern = parseNetwork(text.slice(from, end));
  return typeof pattern === 'string' ? { message: pattern, at: from } : { pattern, end };
};

/** A step of a lookup: many plain rules in a row are one. */
type Step =
  | { readonly kind: 'networks'; readonly v4: IpRanges; readonly v6: IpRanges; readonly outcomes: readonly Outcome[] }
  | { readonly kind: 'outside'; readonly network: Network; readonly outcome: Outcome }
  | { readonly kind: 'block'; readonly network: Network; readonly negated: boolean; readonly steps: readonly Step[] };

class CidrList implements LoadedList {
  readonly #steps: readonly Step[];

  constructor(
    rules: readonly Rule<Network>[],
    readonly entries: number,
  ) {
    this.#steps = stepsOf(rules, internedOutcomes());
  }

  get byteLength(): number {
    return sizeOf(this.#steps);
  }

  find(key: Buffer): Outcome {
    // The longest address in brackets has 47 characters.
    const text = key.length > 64 ? '' : key.latin1Slice();
    const address = parseAddress(/^\[(.*)\]$/.exec(text)?.[1] ?? text);
    return address === undefined ? notFound : (firstOutcome(this.#steps, address) ?? notFound);
  }
}

function firstOutcome(steps: readonly Step[], address: AddressWords): Outcome | undefined {
  for (const step of steps) {
    const outcome = outcomeOf(step, address);
    if (outcome !== undefined) return outcome;
  }
  return undefined;
}

function outcomeOf(step: Step, address: AddressWords): Outcome | undefined {
  switch (step.kind) {
    case 'networks': {
      const rule = (address.length === 1 ? step.v4 : step.v6).find(address);
      return rule === undefined ? undefined : step.outcomes[rule];
    }
    case 'outside':
      return holds(step.network, address, true) ? step.outcome : undefined;
    case 'block':
      return holds(step.network, address, step.negated) ? firstOutcome(step.steps, address) : undefined;
  }
}

/** As in Postfix a network of the other family says nothing, negated or not. */
function holds(network: Network, address: AddressWords, negated: boolean): boolean {
  return network.words.length === address.length && contains(network, address) !== negated;
}

function stepsOf(rules: readonly Rule<Network>[], outcome: (result: string) => Outcome): Step[] {
  const steps: Step[] = [];
  let plain: Match<Network>[] = [];
  const endRow = () => {
    if (plain.length > 0) steps.push(networksOf(plain, outcome));
    plain = [];
  };
  for (const rule of rules) {
    if (rule.kind === 'match' && !rule.negated) {
      plain.push(rule);
      continue;
    }
    endRow();
    if (rule.kind === 'match') steps.push({ kind: 'outside', network: rule.pattern, outcome: outcome(rule.result) });
    else {
      const { condition: network, negated } = rule;
      steps.push({ kind: 'block', network, negated, steps: stepsOf(rule.rules, outcome) });
    }
  }
  endRow();
  return steps;
}

function networksOf(rules: readonly Match<Network>[], outcome: (result: string) => Outcome): Step {
  const networks = rules.map(({ pattern }) => pattern);
  return {
    kind: 'networks',
    v4: new IpRanges(networks, 1),
    v6: new IpRanges(networks, 4),
    outcomes: rules.map(({ result }) => outcome(result)),
  };
}

/** Results repeat a lot: each is kept once. */
function internedOutcomes(): (result: string) => Outcome {
  const outcomes = new Map<string, Outcome>();
  return (result) => {
    const known = outcomes.get(result);
    if (known !== undefined) return known;
    const outcome = found(Buffer.from(result, 'latin1'));
    outcomes.set(result, outcome);
    return outcome;
  };
}

function sizeOf(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (step.kind === 'networks') return sum + step.v4.byteLength + step.v6.byteLength + step.outcomes.length * 8;
    return sum + (step.kind === 'block' ? sizeOf(step.steps) : 64);
  }, 0);
}
