import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

const COUNT = 1_000;
const LAST = `family.${COUNT - 1}`;

describeWithChromium(`of ${COUNT} event types`, (browser) => {
  let server: Installation;
  let endpoint: string;

  beforeAll(async () => {
    server = await startInstallation();
    const names = Array.from({ length: COUNT }, (_, n) => `family.${String(n).padStart(3, '0')}`);
    await server.api('POST', '/event-type/import/openapi', {
      specRaw: JSON.stringify({
        openapi: '3.1.0',
        info: { title: 'Many', version: '1' },
        webhooks: Object.fromEntries(names.map((name) => [name, { post: webhookOf(name) }])),
      }),
    });
    await server.api('POST', '/app', { name: 'Acme', uid: 'acme' });
    ({ id: endpoint } = await server.api<{ id: string }>('POST', '/app/acme/endpoint', {
      url: 'http://127.0.0.1:9/hook',
      disabled: true,
    }));
  });
  afterAll(() => server.stop());

  async function choose(page: Page, label: string) {
    await page.getByRole('combobox', { name: label, exact: true }).fill('y.999');
    await page.getByRole('option', { name: LAST, exact: true }).click();
  }

  test('the last is found in the console, by a part of its name', async () => {
    const at = `${server.url}/applications/acme/endpoints/${endpoint}`;
    const { page, faults } = await openPage(browser(), at);
    await page.getByRole('button', { name: 'Send an example' }).click();
    await choose(page, 'Event type');
    const sent = page.waitForRequest('**/send-example');
    await page.getByRole('button', { name: 'Send and show it' }).click();
    expect((await sent).postDataJSON()).toEqual({ eventType: LAST });
    await page.getByRole('heading', { name: /^Message msg_/ }).waitFor();
    await page.goto(`${at}?tab=filters`);
    await choose(page, 'Event types');
    await page.goto(`${at}?tab=transformation`);
    await choose(page, 'Input');
    const payload = page.getByLabel('Payload', { exact: true });
    await waitFor(async () => (await payload.inputValue()).includes(LAST), 'the example');
    expect(await page.getByLabel('Event type', { exact: true }).inputValue()).toBe(LAST);
    expect(faults).toEqual([]);
  });

  test('the last is found in the portal, with its example', async () => {
    const { url } = await server.api<{ url: string }>('POST', '/auth/app-portal-access/acme', {});
    const at = url.replace('#', `/endpoints/${endpoint}?tab=test#`);
    const { page, faults } = await openPage(browser(), at);
    await choose(page, 'Event type');
    const payload = page.getByLabel('Payload', { exact: true });
    await waitFor(async () => (await payload.inputValue()).includes(LAST), 'the example');
    const sent = page.waitForRequest('**/send-example');
    await page.getByRole('button', { name: 'Send the test event' }).click();
    expect((await sent).postDataJSON()).toEqual({ eventType: LAST, payload: { name: LAST } });
    expect(faults).toEqual([]);
  });
});

function webhookOf(name: string) {
  const schema = { type: 'object', examples: [{ name }] };
  return { requestBody: { content: { 'application/json': { schema } } } };
}
