import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { DEFAULT_ORGANIZATION } from '../domain/organization.ts';
import { createTokens } from './tokens.ts';

const secret = 'a secret of at least thirty-two bytes';
const key = new TextEncoder().encode(secret);
const organization = { organizationId: DEFAULT_ORGANIZATION };
const portal = { ...organization, applicationId: 'app_1' };
const refused = expect.objectContaining({ code: 'authentication_failed' });

function setUp() {
  const clock = new ManualClock();
  return { clock, tokens: createTokens({ secret, clock }), now: clock.now() / 1000 };
}

describe('a token', () => {
  it.each([organization, portal, { ...portal, featureFlags: ['a', 'b'] }])(
    'gives the principal that it was issued to: %j',
    async (principal) => {
      const { tokens } = setUp();
      expect(await tokens.verify(await tokens.issue(principal))).toMatchObject(principal);
    },
  );

  it('is verified without a promise once it is cached', async () => {
    const { tokens } = setUp();
    const token = await tokens.issue(organization);
    expect(tokens.verify(token)).toBeInstanceOf(Promise);
    await tokens.verify(token);
    expect(tokens.verify(token)).toMatchObject(organization);
  });

  it('is refused after its expiry, cached or not', async () => {
    const { clock, tokens } = setUp();
    const token = await tokens.issue({ ...organization, expiresInSeconds: 60 });
    clock.advance(69_000);
    await tokens.verify(token);
    clock.advance(1_000);
    expect(() => tokens.verify(token)).toThrow(refused);
    await expect(tokens.verify(token)).rejects.toThrow(refused);
  });

  it('is refused before its nbf', async () => {
    const { clock, tokens, now } = setUp();
    const token = await sign({ sub: DEFAULT_ORGANIZATION }, (jwt) => jwt.setNotBefore(now + 20));
    await expect(tokens.verify(token)).rejects.toThrow(refused);
    clock.advance(10_000);
    expect(await tokens.verify(token)).toMatchObject(organization);
  });

  it('is accepted when the clock of its issuer was ten seconds ahead', async () => {
    const { tokens, now } = setUp();
    const token = await sign({ sub: DEFAULT_ORGANIZATION }, (jwt) => jwt.setNotBefore(now + 10));
    expect(await tokens.verify(token)).toMatchObject(organization);
  });

  it('is refused with the reason', async () => {
    const { tokens, now } = setUp();
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = { sub: DEFAULT_ORGANIZATION };
    const unsigned = `${encoded({ alg: 'none' })}.${encoded(claims)}.`;
    const other = new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(key);
    const forged = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' });
    const reasons: [token: string | Promise<string>, reason: string][] = [
      [sign(claims, (jwt) => jwt.setExpirationTime(now - 10)), 'expired'],
      [sign(claims, (jwt) => jwt.setNotBefore(now + 11)), 'not valid yet'],
      [sign({ ...claims, nbf: 'soon' }), '"nbf" is malformed'],
      [forged.sign(new TextEncoder().encode('another secret of at least 32 bytes')), 'not signed'],
      [unsigned, 'signed with HS256'],
      [other, 'signed with HS256'],
      ['nonsense', 'malformed'],
      [secret, 'This is the secret that signs tokens'],
    ];
    for (const [token, reason] of reasons) {
      await expect(Promise.resolve(tokens.verify(await token))).rejects.toEqual(
        expect.objectContaining({
          code: 'authentication_failed',
          message: expect.stringContaining(reason),
        }),
      );
    }
  });

  it.each([
    {},
    { sub: 'user_1' },
    { sub: 5 },
    { sub: ['org_1'] },
    { sub: { startsWith: 'org_1' } },
    { sub: 'app_1' },
    { sub: 'app_1', org: 7 },
    { sub: 'app_1', org: 'app_2' },
    { sub: 'org_1', org: 'org_2' },
    { sub: 'org_' },
    { sub: 'org_\0' },
    { sub: `org_${'x'.repeat(300)}` },
    { sub: 'app_\0', org: 'org_1' },
    { sub: 'app_1', org: 'org_\ud800' },
    { sub: 'app_1', org: 'org_1', featureFlags: ['\0'] },
    { sub: 'app_1', org: 'org_1', sessionId: '\0', exp: 1e10 },
  ])('is refused when it names %j', async (claims) => {
    await expect(setUp().tokens.verify(await sign(claims))).rejects.toThrow(refused);
  });

  it('is refused with another algorithm, another secret or no signature', async () => {
    const { tokens } = setUp();
    const claims = { sub: DEFAULT_ORGANIZATION };
    const good = await sign(claims);
    const [head = '', body = ''] = good.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const others = [
      await new SignJWT(claims).setProtectedHeader({ alg: 'HS512' }).sign(key),
      await createTokens({ secret: `${secret}!`, clock: new ManualClock() }).issue(organization),
      `${none}.${body}.`,
      `${head}.${body}.`,
      `${good}x`,
      'nonsense',
      '',
    ];
    for (const token of others) await expect(tokens.verify(token)).rejects.toThrow(refused);
    expect(await tokens.verify(good)).toMatchObject(organization);
  });
});

function sign(
  claims: Record<string, unknown>,
  more: (jwt: SignJWT) => SignJWT = (jwt) => jwt,
): Promise<string> {
  return more(new SignJWT(claims).setProtectedHeader({ alg: 'HS256' })).sign(key);
}
