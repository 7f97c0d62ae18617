import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SELF_SIGNED } from '../../../test/support/self-signed.ts';
import { readAuthorities } from './authorities.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'posthaste-authorities-'));
  path = join(folder, 'authorities.pem');
});
afterEach(() => rmSync(folder, { recursive: true }));

const MALFORMED = SELF_SIGNED.cert.replace('MIIB', 'AAAA');

test('reads all certificates of a file, whatever text is between them', () => {
  writeFileSync(path, `# ours\r\n${SELF_SIGNED.cert}\r\n\nanother\n${SELF_SIGNED.cert}`);
  expect(readAuthorities(path)).toEqual([SELF_SIGNED.cert, SELF_SIGNED.cert]);
});

test.each([
  ['is missing', null, 'cannot be read: there is no such file'],
  ['is empty', '', 'holds no certificate in PEM form'],
  ['holds a key only', SELF_SIGNED.key, 'holds no certificate in PEM form'],
  ['is cut', SELF_SIGNED.cert.slice(0, 200), 'holds no certificate in PEM form'],
  ['holds a malformed one', `${SELF_SIGNED.cert}\n${MALFORMED}`, 'certificate 2 of 2 is malformed'],
])('a file that %s is a configuration error', (_what, text, message) => {
  if (text !== null) writeFileSync(path, text);
  expect(() => readAuthorities(path)).toThrow(
    expect.objectContaining({
      code: 'configuration',
      message: expect.stringContaining(`caFile ${path}`),
    }),
  );
  expect(() => readAuthorities(path)).toThrow(message);
});

test('a folder in place of the file is a configuration error', () => {
  expect(() => readAuthorities(folder)).toThrow(/cannot be read: EISDIR/);
});
