import { PolicyRequest } from '../../lookups/policies/request.js';
import { requestFrontend } from '../request-service.js';
import { type Attributes, AttributesDecoder, encodeDecision } from './protocol.js';

/** Policy delegation: the listener's policies are asked in order until one decides. */
export const policy = requestFrontend<Attributes>({
  createDecoder: ({ listener }) => new AttributesDecoder(listener.limits.maxRequest),

  answer(serving, attributes, reply) {
    serving.policies.decide(new PolicyRequest(attributes), (decision) => reply(encodeDecision(decision)));
  },

  refusal: () => null,
  busy: encodeDecision({ verdict: 'defer', why: '', text: '4.3.2 Too many connections' }),
});
