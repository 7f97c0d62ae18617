import { SettingsError } from '@posthaste/app-kit/settings';
import { expect, test } from 'vitest';
import { openDatabase } from './database.ts';

test.each(['/proc/none/calls.db', '/proc/calls.db', '/dev/null/calls.db', '/'])(
  'a database at %s is refused with the reason',
  (path) => {
    expect(() => openDatabase(path)).toThrow(SettingsError);
    expect(() => openDatabase(path)).toThrow(`cannot open the database ${path}: `);
  },
);
