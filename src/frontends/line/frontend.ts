import { permanent, temporary } from '../../core/outcome.js';
import { LineDecoder } from '../../net/lines.js';
import { requestFrontend } from '../request-service.js';
import { encodeReply, LINE_LIMIT, parseRequest } from './protocol.js';

/** Lines: the request names the map. A map that is not served is PERM; a line past the limit is PERM and closes. */
export const line = requestFrontend({
  createDecoder: () => new LineDecoder(LINE_LIMIT),

  answer(serving, bytes, reply) {
    const request = parseRequest(bytes);
    if (request === null) {
      reply(encodeReply(permanent('a request is a map, a space and a key')));
      return;
    }
    const map = serving.maps.get(request.map);
    if (map === undefined) reply(encodeReply(permanent(`unknown map "${request.map}"`)));
    else void map.lookup(request.key).then((outcome) => reply(encodeReply(outcome)));
  },

  refusal: (error) => encodeReply(permanent(error.message)),
  busy: encodeReply(temporary('too many connections')),
});
