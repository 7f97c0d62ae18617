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
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await failing.close();
  });

  const open = (path: string, options = {}) => openPage(browser(), server.url + path, options);

  test('from what was not delivered, with its count, to the repair of its endpoint', async () => {
    const { page, faults } = await open('/undelivered');
    const failed = page.getByRole('region', { name: 'Failed', exact: true });
    await failed.getByText('1', { exact: true }).waitFor();
    await page.getByRole('link', { name: message }).waitFor();
    await page.getByLabel('State').selectOption('Failed, will be tried again');
    await page.getByText('No delivery is like that').waitFor();
    await page.getByLabel('State').selectOption('Failed');
    await page.getByRole('link', { name: failing.url }).click();
    await page.getByRole('heading', { name: 'Recover what failed' }).waitFor();
    expect(page.url()).toContain(`/applications/${app}/endpoints/${endpoint}?tab=repair`);
    await page.goto(`${server.url}/undelivered?app=acme&endpoint=${endpoint}&type=other`);
    await failed.getByText('0', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Recover or replay this endpoint' }).waitFor();
    expect(faults).toEqual([]);
  });
});
