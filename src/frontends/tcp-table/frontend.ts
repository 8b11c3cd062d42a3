import { permanent, temporary } from '../../core/outcome.js';
import { LineDecoder } from '../../net/lines.js';
import { requestFrontend } from '../request-service.js';
import { encodeReply, LINE_LIMIT, parseRequest } from './protocol.js';

/** tcp_table: the listener's `map` answers. A line past the limit is 400 and closes. */
export const tcpTable = requestFrontend({
  createDecoder: ({ listener }) => new LineDecoder(listener.limits.maxRequest ?? LINE_LIMIT),

  answer(serving, line, reply) {
    const request = parseRequest(line);
    if (request.kind === 'invalid') {
      reply(encodeReply(permanent(request.reason)));
      return;
    }
    const map = serving.maps.get(serving.listener.map ?? '');
    if (map === undefined) reply(encodeReply(permanent('this listener has no map')));
    else map.ask(request.key, (outcome) => reply(encodeReply(outcome)));
  },

  refusal: (error) => encodeReply(permanent(error.message)),
  busy: encodeReply(temporary('too many connections')),
});
