import { temporary } from '../../core/outcome.js';
import { NetstringDecoder } from '../../net/netstring.js';
import { askNamedMap } from '../named-map.js';
import { requestFrontend } from '../request-service.js';
import { encodeReply, parseRequest } from './protocol.js';

/** Socketmap: the request names the map. A map that is not served is PERM; bytes that are no netstring close. */
export const socketmap = requestFrontend({
  createDecoder: ({ listener }) => new NetstringDecoder(listener.limits.maxRequest, parseRequest),

  answer(serving, request, reply) {
    askNamedMap(serving, request, (outcome) => reply(encodeReply(outcome)));
  },

  refusal: () => null,
  busy: encodeReply(temporary('too many connections')),
});
