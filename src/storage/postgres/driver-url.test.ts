import { expect, test } from 'vitest';
import { driverUrl } from './driver-url.ts';

const URL = 'postgres://u:sslmode=require@h/d';

test.each([
  ['', ''],
  ['?sslmode=disable', '?sslmode=disable'],
  ['?sslmode=no-verify&sslcert=a', '?sslmode=no-verify&sslcert=a'],
  ['?sslmode=require', '?sslmode=verify-full'],
  ['?sslcert=a&sslmode=verify-ca&sslkey=b', '?sslcert=a&sslmode=verify-full&sslkey=b'],
  ['?sslmode=prefer', '?sslmode=verify-full'],
  ['?sslmode=verify-full', '?sslmode=verify-full'],
  ['?sslmode=require&uselibpqcompat=true', '?sslmode=require&uselibpqcompat=true'],
])('"%s" is "%s" for the driver', (given, expected) => {
  expect(driverUrl(URL + given)).toBe(URL + expected);
});

test.each(['allow', 'verify_full', ''])('"%s" is no mode', (mode) => {
  expect(() => driverUrl(`${URL}?sslmode=${mode}`)).toThrow(
    'sslmode of the database URL must be prefer, require, verify-ca, verify-full, disable or no-verify',
  );
});
