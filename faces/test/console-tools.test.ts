import { readFileSync } from 'node:fs';
import type { BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWithChromium } from '../../test/support/browser.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

interface Made {
  readonly id: string;
}

describeWithChromium('the console leads', (browser) => {
  let server: Installation;
  let failing: Receiver;
  let endpoint: string;
  let app: string;
  let message: string;

  beforeAll(async () => {
    server = await startInstallation();
    failing = await startReceiver();
    failing.answer = (_request, response) => response.writeHead(500).end();
    ({ id: app } = await server.api<Made>('POST', '/app', { name: 'Acme', uid: 'acme' }));
    ({ id: endpoint } = await server.api<Made>('POST', `/app/acme/endpoint`, {
      url: failing.url,
      policy: { retrySchedule: [], disableAfter: null },
    }));
    ({ id: message } = await server.api<Made>('POST', `/app/acme/msg`, {
      eventType: 'invoice.paid',
      payload: { amount: 5 },
    }));
  });
  afterAll(async () => {
    await server.stop();
    await failing.close();
  });

  const open = (path: string, options?: BrowserContextOptions) =>
    openPage(browser(), server.url + path, options);

  test('from what was not delivered, with its count, to the repair of its endpoint', async () => {
    const { page, faults } = await open('/settings');
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.getByRole('link', { name: 'Undelivered' }).click();
    await page.getByRole('link', { name: failing.url }).waitFor();
    // Not endpoint by endpoint.
    expect(asked.filter((one) => one.includes('/endpoint/'))).toEqual([]);
    const failed = page.getByRole('region', { name: 'Failed', exact: true });
    await failed.getByText('1', { exact: true }).waitFor();
    await page.getByRole('link', { name: message }).waitFor();
    // Among hundreds of applications one is not listed, and can be named all the same.
    const application = page.getByRole('combobox', { name: 'Application' });
    await application.fill(app);
    await page.getByRole('option', { name: app, exact: true }).click();
    await page.getByRole('link', { name: message }).waitFor();
    expect(new URL(page.url()).search).toBe(`?app=${app}`);
    await page.goto(`${server.url}/undelivered`);
    await page.getByLabel('State').selectOption('Failed, will be retried');
    await page.getByText('No delivery matches the filters').waitFor();
    await page.getByLabel('State').selectOption('Failed');
    await page.getByRole('link', { name: failing.url }).click();
    await page.getByRole('heading', { name: 'Recover failed messages' }).waitFor();
    expect(page.url()).toContain(`/applications/${app}/endpoints/${endpoint}?tab=repair`);
    await page.getByRole('link', { name: '1 failed, 0 will be retried' }).waitFor();
    await page.goto(`${server.url}/undelivered?app=acme&endpoint=${endpoint}&type=other`);
    await failed.getByText('0', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Recover or replay this endpoint' }).waitFor();
    expect(faults).toEqual([]);
  });
  test('to a program that changes requests, tried before it is saved', async () => {
    const { page, faults } = await open(
      `/applications/acme/endpoints/${endpoint}?tab=transformation`,
    );
    const code = page.getByLabel('Code');
    await code.fill('function handler(webhook) { throw new Error("no"); }');
    await page.getByRole('combobox', { name: 'Input' }).fill(message);
    await page.getByRole('option', { name: `Message ${message} (invoice.paid)` }).click();
    await page.getByRole('button', { name: 'Run without sending' }).click();
    await page
      .getByRole('alert')
      .getByText(/threw Error: no/)
      .waitFor();
    await code.fill(
      'function handler(w) { w.payload = { total: w.payload.amount, room: w.variables.room }; return w; }',
    );
    await page.getByLabel('Variables').fill('{"room": "sales"}');
    await page.getByRole('button', { name: 'Run without sending' }).click();
    const made = page.getByRole('region', { name: 'Changed payload' });
    expect(JSON.parse((await made.textContent()) ?? '')).toEqual({ total: 5, room: 'sales' });
    await page.getByRole('switch', { name: 'Enabled: runs before each request' }).check();
    await page.getByRole('button', { name: 'Save the transformation' }).click();
    await page.getByText('The transformation is saved, and runs').waitFor();
    const path = `/app/acme/endpoint/${endpoint}/transformation`;
    expect(await server.api('GET', path)).toMatchObject({
      enabled: true,
      variables: { room: 'sales' },
    });
    // The refusals of a try are answers 422, which the browser reports.
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });
  test('to what the organization chose for payloads against their schema, and for retention', async () => {
    const { page, faults } = await open('/settings');
    await page.getByLabel('A payload that does not match').selectOption('is rejected');
    await page.getByText('The setting is saved').waitFor();
    expect(await server.api('GET', '/settings')).toMatchObject({ payloadValidation: 'reject' });
    await page.getByLabel('Attempts (days)').fill('14');
    await page.getByRole('button', { name: 'Save the retention' }).click();
    await page.getByText('The retention is saved').waitFor();
    expect(await server.api('GET', '/settings')).toMatchObject({
      payloadValidation: 'reject',
      payloadRetentionPeriod: null,
      attemptRetentionPeriod: 14,
    });
    expect(faults).toEqual([]);
  });

  // On SQLite `console.test.ts` does more than this.
  test.runIf(process.env['TEST_SETUP'] !== undefined)('to every page', async () => {
    const { page, faults } = await open('/');
    const pages = [
      ['/', 'Endpoints in trouble'],
      ['/applications', 'acme'],
      ['/applications/acme', failing.url],
      [`/applications/acme/endpoints/${endpoint}`, message],
      [`/applications/acme/endpoints/${endpoint}?tab=filters`, 'Test on recent messages'],
      [`/applications/acme/endpoints/${endpoint}?tab=request`, 'Save the signature'],
      [`/applications/acme/messages/${message}`, 'No attempts are left'],
      ['/messages?app=acme', message],
      ['/repair?app=acme', failing.url],
      ['/event-types', 'Import OpenAPI'],
      ['/operational-webhooks', 'No operational endpoints yet'],
      ['/api-keys', 'New API key'],
      ['/audit', 'endpoints.create'],
      ['/settings', 'Settings in force'],
    ];
    for (const [path = '', text = ''] of pages) {
      await page.goto(server.url + path);
      await page.getByText(text).first().waitFor();
    }
    await page.goto(`${server.url}/applications/acme/endpoints/${endpoint}?tab=repair`);
    await page.getByRole('button', { name: 'Recover', exact: true }).click();
    await page.getByRole('button', { name: 'Recover (1)' }).click();
    await page.goto(`${server.url}/tasks`);
    await page
      .getByRole('row', { name: /Recover failed messages/ })
      .getByText('Finished')
      .waitFor();
    expect(faults).toEqual([]);
  });

  test('to event types from a document, after what would change, and back to one', async () => {
    const { page, faults } = await open('/event-types');
    await page.getByRole('button', { name: 'Import OpenAPI' }).click();
    await page.getByRole('textbox', { name: 'Document' }).fill('openapi: [');
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByRole('textbox', { name: 'Document' }).fill(DOCUMENT);
    await page.getByRole('button', { name: 'Show what would change' }).click();
    await page.getByText('1 event type would change:').waitFor();
    expect((await server.api<{ data: unknown[] }>('GET', '/event-type')).data).toEqual([]);
    await page.getByRole('button', { name: 'Import (1)' }).click();
    await page.getByText('Imported: refund.made.').waitFor();
    await page.keyboard.press('Escape');
    const file = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export OpenAPI' }).click();
    const exported = readFileSync(await (await file).path(), 'utf8');
    expect(Object.keys(JSON.parse(exported).webhooks)).toEqual(['refund.made']);
    expect(faults.filter((fault) => !fault.includes('422'))).toEqual([]);
  });
});

const DOCUMENT = `openapi: 3.1.0
info: { title: Refunds, version: '1' }
webhooks:
  refund.made:
    post: { description: A refund was made }
`;
