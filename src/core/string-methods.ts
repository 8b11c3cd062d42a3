/**
 * V8 finds the methods of texts at once, until somebody defines a class that extends String, as ioredis and node-redis do:
 * from then on it looks them up anew for each call, in the whole process. A loop over characters takes seven times as
 * long, `indexOf` twice. It does not come to that, or ends, once a property of an object that inherits from String.prototype
 * has been read a few times, as of others that matter for speed. Takes some microseconds.
 */
export function keepStringMethodsFast(): void {
  const object = Object.create(String.prototype) as object;
  for (let i = 0; i < OFTEN; i++) methodOf(object);
}

function methodOf(object: { readonly charCodeAt?: unknown }): unknown {
  return object.charCodeAt;
}

/** Ten times are enough for Node 20 to 24. */
const OFTEN = 1000;
