import { type Reply, ReplyError } from '../../resp/reply.js';
import { requestFrontend } from '../request-service.js';
import type { ServedEndpoint } from '../served-endpoint.js';
import { CommandDecoder, encodeReply, type RespRequest } from './protocol.js';
import { BEFORE_LOGIN, sessionCommands } from './session-commands.js';
import { nameOf, printable, StoreCommands } from './store-commands.js';

/**
 * A store as a plain Redis of one node, for programs that cannot speak to a cluster, over TLS or with a user's name
 * themselves. Commands on keys are offered, transactions among them; replies come in the order of the commands.
 */
export const resp = requestFrontend<RespRequest>({
  createDecoder: ({ endpoint, listener }) =>
    new CommandDecoder(endpoint?.hasPassword === true, listener.limits.maxRequest),

  answer(serving, request, reply) {
    const { client } = request;
    const endpoint = serving.endpoint;
    if (endpoint === undefined) {
      reply(encodeReply(new ReplyError('ERR this listener has no store'), 2));
      return;
    }
    const answering = answerTo(request, endpoint);
    // Now, not when the answer is there: HELLO behind it changes only what comes later.
    const { protocol } = client;
    void answering.then((answer) => reply(encodeReply(answer, protocol)));
  },

  refusal: (error) => encodeReply(new ReplyError(`ERR Protocol error: ${error.message}`), 2),
  busy: encodeReply(new ReplyError('ERR max number of clients reached'), 2),
});

async function answerTo(request: RespRequest, endpoint: ServedEndpoint): Promise<Reply> {
  const { words, client } = request;
  const name = nameOf(words);
  if (client.mustLogIn && !BEFORE_LOGIN.has(name)) return new ReplyError('NOAUTH Authentication required.');
  const own = Object.hasOwn(sessionCommands, name) ? sessionCommands[name] : undefined;
  if (own !== undefined) {
    const answer = own({ client, endpoint, words: words.slice(1) });
    return client.queue === undefined || name === 'reset' ? answer : queued(request, answer);
  }
  const store = new StoreCommands(endpoint);
  switch (name) {
    case 'multi':
      return begin(request);
    case 'discard':
      return discard(request);
    case 'exec':
      return await execute(request, store);
    default:
      return await runOrQueue(request, store);
  }
}

function begin({ client }: RespRequest): Reply {
  if (client.queue !== undefined) return new ReplyError('ERR MULTI calls can not be nested');
  client.queue = [];
  client.spoilt = false;
  return 'OK';
}

function discard({ client }: RespRequest): Reply {
  if (client.queue === undefined) return new ReplyError('ERR DISCARD without MULTI');
  client.queue = undefined;
  return 'OK';
}

/** What is no command of the store cannot be part of its transaction. */
function queued({ client, words }: RespRequest, answer: Reply): Reply {
  if (answer instanceof ReplyError) return answer;
  client.spoilt = true;
  return new ReplyError(`ERR '${printable(nameOf(words))}' cannot stand between MULTI and EXEC here`);
}

async function execute({ client }: RespRequest, store: StoreCommands): Promise<Reply> {
  const { queue, spoilt } = client;
  client.queue = undefined;
  if (queue === undefined) return new ReplyError('ERR EXEC without MULTI');
  if (spoilt) return new ReplyError('EXECABORT Transaction discarded because of previous errors.');
  return queue.length === 0 ? [] : await client.inOrder(true, () => store.runTogether(queue));
}

async function runOrQueue({ client, words }: RespRequest, store: StoreCommands): Promise<Reply> {
  const command = store.find(nameOf(words));
  if (command instanceof ReplyError) {
    if (client.queue !== undefined) client.spoilt = true;
    return command;
  }
  if (client.queue === undefined) return await client.inOrder(command.isWrite, () => store.run(command, words));
  client.queue.push(words);
  return 'QUEUED';
}
