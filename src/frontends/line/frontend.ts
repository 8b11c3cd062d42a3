import { permanent, temporary } from '../../core/outcome.js';
import { LineDecoder } from '../../net/lines.js';
import { askNamedMap } from '../named-map.js';
import { requestFrontend } from '../request-service.js';
import { encodeReply, LINE_LIMIT, parseRequest } from './protocol.js';

/** Lines: the request names the map. A map that is not served is PERM; a line past the limit is PERM and closes. */
export const line = requestFrontend({
  createDecoder: ({ listener }) => new LineDecoder(listener.limits.maxRequest ?? LINE_LIMIT),

  answer(serving, bytes, reply) {
    askNamedMap(serving, parseRequest(bytes), (outcome) => reply(encodeReply(outcome)));
  },

  refusal: (error) => encodeReply(permanent(error.message)),
  busy: encodeReply(temporary('too many connections')),
});
