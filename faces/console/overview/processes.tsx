import { Stack, Table, Title } from '@mantine/core';
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

/** Who accepts and who delivers. */
export function Processes({ processes }: { processes: readonly ProcessOut[] }) {
  return (
    <div className="table-frame" role="group" aria-label="Processes" tabIndex={0}>
      <Table aria-label="Processes">
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Process</Table.Th>
            <Table.Th scope="col">State</Table.Th>
            <Table.Th scope="col">Roles</Table.Th>
            <Table.Th scope="col" className="wide-only">
              Version
            </Table.Th>
            <Table.Th scope="col" ta="right">
              Parts of the endpoints
            </Table.Th>
            <Table.Th scope="col" ta="right" className="wide-only">
              Started
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {processes.map((process) => (
            <Table.Tr key={process.number}>
              <Table.Td className="clip">{process.name}</Table.Td>
              <Table.Td>
                <State tone={process.isAlive ? 'good' : 'bad'}>
                  {process.isAlive ? 'Alive' : 'Gone'}
                </State>
              </Table.Td>
              <Table.Td>{process.roles.join(', ')}</Table.Td>
              <Table.Td className="wide-only">{process.version}</Table.Td>
              <Table.Td ta="right">{process.ownedShards} of 256</Table.Td>
              <Table.Td ta="right" className="wide-only">
                <Time at={process.startedAt} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
