import { permanent, temporary } from '../../core/outcome.js';
import { NetstringDecoder } from '../../net/netstring.js';
import { requestFrontend } from '../request-service.js';
import { encodeReply, parseRequest } from './protocol.js';

/** Socketmap: the request names the map. A map that is not served is PERM; bytes that are no netstring close. */
export const socketmap = requestFrontend({
  createDecoder: () => new NetstringDecoder(),

  answer(serving, payload, reply) {
    const request = parseRequest(payload);
    if (request === null) {
      reply(encodeReply(permanent('a request is a map, a space and a key')));
      return;
    }
    const map = serving.maps.get(request.map);
    if (map === undefined) reply(encodeReply(permanent(`unknown map "${request.map}"`)));
    else void map.lookup(request.key).then((outcome) => reply(encodeReply(outcome)));
  },

  refusal: () => null,
  busy: encodeReply(temporary('too many connections')),
});
