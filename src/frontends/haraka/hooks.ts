import type { Outcome } from '../../core/outcome.js';
import type { Decision } from '../../lookups/policies/policy.js';
import type { PolicyAttributes } from '../../lookups/policies/request.js';
import { addressText, attributesOf } from './attributes.js';
import {
  type HarakaAddress,
  type HarakaConnection,
  type HarakaPlugin,
  type HarakaTransaction,
  HookAnswer,
} from './haraka.js';
import type { HarakaSettings } from './settings.js';

/** The open maps and policies: the library's. */
export interface Asked {
  lookup(map: string, key: string): Promise<Outcome>;
  decide(
    policies: readonly string[],
    attributes: PolicyAttributes,
  ): Promise<Decision & { readonly policy: string | undefined }>;
}

export interface Answer {
  readonly answer: HookAnswer;
  readonly text?: string | undefined;
}

/** A mail on its way; the connection forgets its transaction when the client goes. */
interface Mail {
  readonly connection: HarakaConnection;
  readonly transaction: HarakaTransaction;
}

const GO_ON: Answer = { answer: HookAnswer.cont };
const TAKEN: Answer = { answer: HookAnswer.ok };
const NOT_KNOWN: Answer = { answer: HookAnswer.denySoft, text: '4.3.0 Temporary lookup failure' };
const NO_SUCH_USER: Answer = { answer: HookAnswer.deny, text: '5.1.1 No such user here' };

/**
 * Haraka's hooks: who is there, and whether his mail is taken now. A recipient of somebody else's domain is left to
 * other plugins, as is, without `domains`, one that nobody knows: Haraka refuses whom no plugin takes. An answer that is
 * not known is never "no such user". Nothing rejects: a hook that does would pass for one that has nothing to say.
 */
export class HarakaHooks {
  constructor(
    private readonly plugin: HarakaPlugin,
    private readonly settings: HarakaSettings,
    private readonly open: () => Promise<Asked>,
  ) {}

  rcpt(connection: HarakaConnection, recipient: HarakaAddress): Promise<Answer> {
    return this.#answer(connection, (mail) => this.#checkRecipient(mail, recipient));
  }

  data(connection: HarakaConnection): Promise<Answer> {
    return this.#answer(connection, (mail) => this.#checkMail(mail));
  }

  async #answer(connection: HarakaConnection, check: (mail: Mail) => Promise<Answer>): Promise<Answer> {
    const { transaction } = connection;
    if (transaction === null) return GO_ON;
    try {
      return await check({ connection, transaction });
    } catch (error) {
      connection.logerror(this.plugin, stackOf(error));
      return NOT_KNOWN;
    }
  }

  async #checkRecipient(mail: Mail, recipient: HarakaAddress): Promise<Answer> {
    const { domains, map, policies } = this.settings.rcpt;
    const refusal = await this.#unlessThere(mail, recipient);
    if (refusal !== undefined) return refusal;
    if (!mail.connection.relaying) {
      const refused = await this.#ask(policies, mail, { protocol_state: 'RCPT', recipient: addressText(recipient) });
      if (refused !== undefined) return refused;
    }
    return domains === undefined && map === undefined ? GO_ON : TAKEN;
  }

  async #checkMail(mail: Mail): Promise<Answer> {
    const [first, ...others] = mail.transaction.rcpt_to;
    const only = first !== undefined && others.length === 0 ? { recipient: addressText(first) } : {};
    const about = { protocol_state: 'DATA', recipient_count: mail.transaction.rcpt_to.length, ...only };
    return (await this.#ask(this.settings.data.policies, mail, about)) ?? GO_ON;
  }

  /** What is answered where the recipient is not there, or not ours, or that is not known; undefined where he is. */
  async #unlessThere(mail: Mail, recipient: HarakaAddress): Promise<Answer | undefined> {
    const { domains, map } = this.settings.rcpt;
    if (domains !== undefined) {
      const ours = recipient.host === null ? false : await this.#isIn(domains, recipient.host, mail);
      if (ours !== true) return ours === undefined ? NOT_KNOWN : GO_ON;
    }
    if (map === undefined) return undefined;
    const there = await this.#isIn(map, addressText(recipient), mail);
    if (there === undefined) return NOT_KNOWN;
    mail.transaction.results.add(this.plugin, there ? { pass: 'rcpt' } : { fail: 'rcpt' });
    if (there) return undefined;
    return domains === undefined ? GO_ON : NO_SUCH_USER;
  }

  /** Undefined where that is not known. */
  async #isIn(map: string, key: string, { connection }: Mail): Promise<boolean | undefined> {
    const outcome = await (await this.open()).lookup(map, key);
    if (outcome.kind === 'found' || outcome.kind === 'notFound') return outcome.kind === 'found';
    connection.logwarn(this.plugin, `map ${map}: ${outcome.kind}: ${outcome.reason}`);
    return undefined;
  }

  /** What is answered where a policy does not let the mail pass. */
  async #ask(policies: readonly string[], mail: Mail, what: PolicyAttributes): Promise<Answer | undefined> {
    if (policies.length === 0) return undefined;
    const { connection, transaction } = mail;
    const attributes = { ...attributesOf(connection, transaction), ...what };
    const { policy = '', ...decision } = await (await this.open()).decide(policies, attributes);
    this.#explain(connection, policy, decision);
    const { verdict, text } = decision;
    const passes = verdict === 'pass' || verdict === 'permit';
    transaction.results.add(this.plugin, passes ? { pass: policy } : { fail: policy });
    if (passes) return undefined;
    return { answer: verdict === 'defer' ? HookAnswer.denySoft : HookAnswer.deny, text };
  }

  #explain(connection: HarakaConnection, policy: string, { verdict, why, failed, fault }: Decision): void {
    const line = `policy ${policy}: ${verdict}: ${why}`;
    if (fault !== undefined) connection.logerror(this.plugin, `${line}: ${stackOf(fault)}`);
    else if (failed === true) connection.logwarn(this.plugin, line);
    else connection.loginfo(this.plugin, line);
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
