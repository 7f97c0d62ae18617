import { Stack, Title } from '@mantine/core';
import type { ProcessOut } from '../../kit/api/types.ts';
import { State } from '../../kit/parts/state.tsx';
import { Time } from '../../kit/parts/time.tsx';

export function ProcessesCard({ processes }: { processes: readonly ProcessOut[] }) {
  return (
    <section className="card" aria-label="Processes">
      <Stack gap="sm">
        <Title order={2}>Processes</Title>
        <Processes processes={processes} />
      </Stack>
    </section>
  );
}

/** The processes of the installation, with roles and shares of the work. */
export function Processes({ processes }: { processes: readonly ProcessOut[] }) {
  return (
    <div className="table-frame" role="group" aria-label="Processes" tabIndex={0}>
      <table className="table" aria-label="Processes">
        <thead>
          <tr>
            <th scope="col">Process</th>
            <th scope="col">State</th>
            <th scope="col">Roles</th>
            <th scope="col" className="wide-only">
              Version
            </th>
            <th scope="col" className="right">
              Endpoint shards
            </th>
            <th scope="col" className="right wide-only">
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <tr key={process.number}>
              <td className="clip">{process.name}</td>
              <td>
                <State tone={process.isAlive ? 'good' : 'bad'}>
                  {process.isAlive ? 'Alive' : 'Gone'}
                </State>
              </td>
              <td>{process.roles.join(', ')}</td>
              <td className="wide-only">{process.version}</td>
              <td className="right">{process.ownedShards} of 256</td>
              <td className="right wide-only">
                <Time at={process.startedAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
