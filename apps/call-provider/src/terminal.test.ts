import { expect, onTestFinished, test, vi } from 'vitest';
import { createLog } from '@posthaste/app-kit/log';
import { createTerminal } from './terminal.ts';

test('a name can begin no line of its own, and tell the terminal nothing', () => {
  const print = vi.spyOn(console, 'log').mockReturnValue();
  onTestFinished(() => print.mockRestore());
  const name = 'a\n12:00:00 acme is gone\u001b[31m\u009b\u202e\u2028 Ação 🏢';
  createLog(createTerminal('provider ')).info(`${name} registered`);
  expect(print.mock.calls).toEqual([
    [
      expect.stringMatching(
        /^\d\d:\d\d:\d\d provider a\\u000a12:00:00 acme is gone\\u001b\[31m\\u009b\\u202e\\u2028 Ação 🏢 registered$/,
      ),
    ],
  ]);
});
