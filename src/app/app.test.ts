import { pino } from 'pino';
import { expect, test } from 'vitest';
import { createApp } from './app.ts';
import { loadConfig } from '../config/config.ts';

test.each([
  [{ POSTHASTE_QUEUE_URL: 'amqp://broker' }, 'queueUrl needs a PostgreSQL database'],
  [{ POSTHASTE_ROLES: 'api' }, 'roles must include worker'],
])('with SQLite %o is refused', (more, message) => {
  const env = { POSTHASTE_DATABASE_URL: 'sqlite:never-opened.db', ...more };
  const config = loadConfig({ env });
  expect(() => createApp(config, { log: pino({ level: 'silent' }) })).toThrow(message);
});
