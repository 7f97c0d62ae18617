import { Checkbox, Code, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useApi } from '../../kit/api/api-context.tsx';
import type { SettingsInForceOut } from '../../kit/api/types.ts';
import { useRead } from '../../kit/hooks/use-read.ts';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { Waiting } from '../../kit/parts/waiting.tsx';

/** The settings of the process that answers, and the source of each. */
export function SettingsInForce() {
  const api = useApi();
  const [isGivenOnly, setGivenOnly] = useState(true);
  const read = useRead(['settings', 'in force'], () => api.status.settingsInForce());
  const all = read.data?.data ?? [];
  const shown = isGivenOnly ? all.filter(({ source }) => source !== 'default') : all;
  return (
    <section className="card" aria-label="Settings in force">
      <Stack gap="sm">
        <Title order={2}>Settings in force</Title>
        <Text size="sm" c="dimmed">
          The settings of the process that answered this page. Each is set by a flag, an environment
          variable or the configuration file: see <code>posthaste serve --help</code>.
        </Text>
        <Checkbox
          label="Only settings that are not at their default"
          checked={isGivenOnly}
          onChange={(event) => setGivenOnly(event.currentTarget.checked)}
        />
        <ErrorNotice error={read.error} onRetry={() => void read.refetch()} />
        {read.isLoading && <Waiting />}
        {read.data && shown.length === 0 && (
          <Text size="sm">No setting was set: all have their defaults.</Text>
        )}
        {shown.length > 0 && <Settings of={shown} />}
      </Stack>
    </section>
  );
}

function Settings({ of }: { of: SettingsInForceOut['data'] }) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
    <div className="table-frame" role="group" aria-label="Settings" tabIndex={0}>
      <table className="table" aria-label="Settings in force">
        <thead>
          <tr>
            <th scope="col">Setting</th>
            <th scope="col">Value</th>
            <th scope="col" className="wide-only">
              Set by
            </th>
          </tr>
        </thead>
        <tbody>
          {of.map(({ name, value, isHidden, source, meaning }) => (
            <tr key={name}>
              <td>
                <Code>{name}</Code>
                <Text size="sm" c="dimmed">
                  {meaning.replaceAll('`', '')}
                </Text>
              </td>
              <td className="break">{isHidden ? 'hidden' : (value ?? 'not set')}</td>
              <td className="wide-only">{source}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
