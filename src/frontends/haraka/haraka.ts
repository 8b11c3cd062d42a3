/**
 * What the plugin uses of Haraka 3 (plugins.js, connection.js, transaction.js), and what hooks answer
 * (haraka-constants).
 */
export const HookAnswer = { cont: 900, deny: 902, denySoft: 903, ok: 906 } as const;

export type HookAnswer = (typeof HookAnswer)[keyof typeof HookAnswer];

/** Ends a hook; the text is what the client is told. */
export type Next = (answer?: HookAnswer, text?: string) => void;

export interface HarakaPlugin {
  readonly name: string;
  readonly config: HarakaConfig;
  register_hook(hook: string, method: string): void;
  loginfo(text: string): void;
  logwarn(text: string): void;
  logerror(text: string): void;
}

export interface HarakaConfig {
  /** An ini file of the configuration's folder: sections of texts, "main" for what stands before the first. */
  get(file: string): Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** The folder; where there are two, that of Haraka itself. */
  readonly root_path: string;
  /** The folder of this installation. */
  readonly overrides_path?: string;
}

export interface HarakaConnection {
  readonly remote: { readonly ip: string; readonly port: number; readonly host: string | null };
  readonly local: { readonly ip: string; readonly port: number };
  readonly hello: { readonly host: string | null };
  readonly notes: { readonly auth_user?: string; readonly auth_method?: string };
  /** The client may send to everybody: it has logged in, or comes from a network of ours. */
  readonly relaying: boolean;
  /** Null as soon as the client has gone. */
  readonly transaction: HarakaTransaction | null;
  loginfo(plugin: HarakaPlugin, text: string): void;
  logwarn(plugin: HarakaPlugin, text: string): void;
  logerror(plugin: HarakaPlugin, text: string): void;
}

export interface HarakaTransaction {
  readonly uuid: string;
  readonly mail_from: HarakaAddress;
  readonly rcpt_to: readonly HarakaAddress[];
  readonly results: { add(plugin: HarakaPlugin, result: { readonly pass: string } | { readonly fail: string }): void };
}

export interface HarakaAddress {
  readonly host: string | null;
  /** In angle brackets, quoted where it has to be. */
  format(): string;
}
