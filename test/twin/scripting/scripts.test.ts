import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requireProgram } from '../../harness/programs.js';
import { CASES } from './cases/index.js';
import { ScriptTwin } from './script-twin.js';

describe.skipIf(!requireProgram('redis'))('scripts on a real Redis and here', () => {
  let twin: ScriptTwin;
  beforeAll(async () => {
    twin = await ScriptTwin.start();
  });
  afterAll(() => twin.stop());

  it('start with the same random numbers', async () => {
    const { real, ours } = await twin.run('local r = {} for i = 1, 50 do r[i] = tostring(math.random()) end return r');
    expect(ours).toBe(real);
  });

  for (const [group, scripts] of Object.entries(CASES)) {
    describe(group, () => {
      it.each(scripts)('%s', async (script) => {
        for (const protocol of [2, 3] as const) {
          const { real, ours } = await twin.run(script, ['one', '2'], protocol);
          expect(ours).toBe(real);
        }
      });
    });
  }
});
