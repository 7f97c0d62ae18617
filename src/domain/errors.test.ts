import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { ERRORS } from './errors.ts';

it('docs/errors.md lists exactly the errors of the registry', async () => {
  const page = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8');
  const rows = page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, code, status, retryable, cause]) => ({ code, status, retryable, cause }));
  expect(rows).toEqual(
    Object.entries(ERRORS).map(([code, error]) => ({
      code: `\`${code}\``,
      status: String(error.status),
      retryable: error.retryable ? 'yes' : 'no',
      cause: error.cause,
    })),
  );
});
