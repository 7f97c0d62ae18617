import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemClock } from '../../src/domain/clock.ts';
import { newFolder } from '../../test/support/app.ts';
import { describeWithChromium } from '../../test/support/browser.ts';
import { type Receiver, startReceiver } from '../../test/support/receiver.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Installation, openPage, startInstallation } from './start.ts';

interface Made {
  readonly id: string;
}
interface Listed {
  readonly data: readonly unknown[];
}

const HOUR_MS = 3_600_000;
const KEPT = { messageRetention: '4h', attemptRetention: '2h', payloadRetention: '1h' };

// Three installations one after the other, at different times, on one file of SQLite.
describeWithChromium('after retention', (browser) => {
  let server: Installation;
  let receiver: Receiver;
  let failing: Receiver;
  let good: string;
  /** Published five hours ago: removed. */
  let gone: string;
  /** Published three hours ago: its payload and attempts are removed. */
  let old: string;
  /** Published now: its payload was deleted. */
  let deleted: string;
  /** Published now, with the payload that is shown of one that is gone. */
  let alike: string;

  async function publish(payload: object = { amount: 5 }): Promise<string> {
    const input = { eventType: 'invoice.paid', payload };
    const { id } = await server.api<Made>('POST', '/app/acme/msg', input);
    const attempts = () => server.api<Listed>('GET', `/app/acme/attempt/msg/${id}`);
    await waitFor(async () => (await attempts()).data.length === 2, 'two attempts');
    return id;
  }

  beforeAll(async () => {
    receiver = await startReceiver();
    failing = await startReceiver();
    failing.answer = (_request, response) => response.writeHead(500).end();
    const database = { databaseUrl: `sqlite:${newFolder()}/data.db` };
    server = await startInstallation(database, clockOf(5));
    await server.api('POST', '/app', { name: 'Acme', uid: 'acme' });
    ({ id: good } = await server.api<Made>('POST', '/app/acme/endpoint', { url: receiver.url }));
    await server.api<Made>('POST', '/app/acme/endpoint', {
      url: failing.url,
      policy: { retrySchedule: [], disableAfter: null },
    });
    gone = await publish();
    await server.stop();
    server = await startInstallation(database, clockOf(3));
    old = await publish();
    await server.stop();
    server = await startInstallation({ ...database, ...KEPT });
    deleted = await publish();
    alike = await publish({ expired: true });
    await server.api('DELETE', `/app/acme/msg/${deleted}/content`);
    const messages = () => server.api<Listed>('GET', '/app/acme/msg');
    await waitFor(async () => (await messages()).data.length === 3, 'the removal');
  });
  afterAll(async () => {
    await server.stop();
    await receiver.close();
    await failing.close();
  });

  const story = (page: Page, { url }: Receiver) =>
    page.getByRole('region', { name: `Delivery to ${url}`, exact: true });

  /** The same in both faces: `at` is the address of a message. */
  async function walk(page: Page, at: (message: string) => string) {
    await page.goto(at(deleted));
    await story(page, receiver).getByText('Delivered.').waitFor();
    await story(page, failing)
      .getByText('No attempts are left, and the payload was deleted.')
      .waitFor();
    await page.getByText('The payload was deleted').first().waitFor();
    expect(await page.getByRole('button', { name: 'Resend' }).count()).toBe(0);
    await page.goto(at(old));
    await page.getByText('No delivery is known').waitFor();
    await page.getByText('or its deliveries are no longer kept').waitFor();
    await page.getByText('The payload was deleted').waitFor();
    // It could not be caught up.
    expect(await page.getByText('Replay missing messages').count()).toBe(0);
    await page.goto(at(gone));
    await page.getByText('Not found').waitFor();
  }

  test('the console says what is gone, and offers nothing that can only fail', async () => {
    const { page, faults } = await openPage(browser(), server.url);
    const messages = `${server.url}/applications/acme/messages`;
    await walk(page, (message) => `${messages}/${message}`);
    await page.goto(`${messages}/${old}`);
    const others = page.getByRole('region', { name: 'Endpoints that do not get this message' });
    await others.getByText('or its delivery is no longer kept').first().waitFor();
    expect(await page.getByRole('button', { name: 'Delete the payload' }).isDisabled()).toBe(true);
    // A payload that says the same of itself is there, and can be sent.
    await page.goto(`${messages}/${alike}`);
    await page.getByRole('region', { name: 'Payload' }).getByText('"expired": true').waitFor();
    // The deliveries may come after the payload.
    const resend = story(page, receiver).getByRole('button', { name: 'Resend' });
    await resend.first().waitFor();
    expect(await resend.count()).toBe(1);
    // Only what can be sent is offered for a try.
    await page.goto(`${server.url}/applications/acme/endpoints/${good}?tab=transformation`);
    await page.getByRole('combobox', { name: 'Input' }).fill('msg_');
    await page.getByRole('option', { name: alike }).waitFor();
    expect(await page.getByRole('option').count()).toBe(1);
    // What was counted stays.
    await page.goto(`${server.url}/applications/acme`);
    await page.getByText(/^8 attempts, 50 % of them failed/).waitFor();
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
  });

  test('the portal does, too', async () => {
    const { url } = await server.api<{ url: string }>('POST', '/auth/app-portal-access/acme', {});
    const { page, faults } = await openPage(browser(), url);
    await page.getByRole('link', { name: failing.url }).waitFor();
    await walk(page, (message) => `${server.url}/portal/messages/${message}`);
    await page.goto(`${server.url}/portal/activity`);
    await page.getByText(/^8 attempts, 50 % of them failed/).waitFor();
    expect(faults.filter((fault) => !fault.includes('404'))).toEqual([]);
  });
});

function clockOf(hoursAgo: number) {
  const now = () => Date.now() - hoursAgo * HOUR_MS;
  return { ...systemClock, now, scheduleNow: now };
}
