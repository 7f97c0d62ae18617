import { useApi } from '../../kit/api/api-context.tsx';
import type { EndpointOut } from '../../kit/api/types.ts';
import { useGo } from '../../kit/hooks/use-go.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { useMay } from '../../kit/session/session-context.tsx';
import { paths } from '../paths.ts';
import { SendExample } from './send-example.tsx';

export function EndpointActions({ app, endpoint }: { app: string; endpoint: EndpointOut }) {
  const api = useApi();
  const go = useGo();
  const mayWrite = useMay('endpoint:write');
  const { id, url } = endpoint;
  return (
    <>
      <SendExample app={app} endpoint={id} />
      {endpoint.paused ? (
        <Confirm
          key="Resume"
          title="Resume"
          act={() => api.endpoints.resume(app, id)}
          done="The endpoint is resumed"
          disabled={!mayWrite}
        >
          What waits for {url} is sent, slowly at first.
        </Confirm>
      ) : (
        <Confirm
          key="Pause"
          title="Pause"
          act={() => api.endpoints.pause(app, id)}
          done="The endpoint is paused"
          disabled={!mayWrite || endpoint.disabled}
        >
          Nothing is sent to {url} until it is resumed. What is published meanwhile waits, too, and
          nothing is lost.
        </Confirm>
      )}
      {endpoint.disabled ? (
        <Confirm
          key="Enable"
          title="Enable"
          act={() => api.endpoints.patch(app, id, { disabled: false })}
          done="The endpoint is enabled"
          disabled={!mayWrite}
        >
          What waited for {url} when it was disabled is sent. What was published since is not owed
          to it: “Replay what is missing” sends that.
        </Confirm>
      ) : (
        <Confirm
          key="Disable"
          title="Disable"
          act={() => api.endpoints.patch(app, id, { disabled: true })}
          done="The endpoint is disabled"
          disabled={!mayWrite}
        >
          Nothing is sent to {url}, and what is published from now on is not owed to it. To keep new
          messages, pause it instead.
        </Confirm>
      )}
      <Confirm
        title="Delete"
        act={() => api.endpoints.delete(app, id)}
        done="The endpoint is deleted"
        onDone={() => go(paths.application(app))}
        isDestructive
        disabled={!mayWrite}
        count={() => api.endpoints.cancelMessages.count(app, id, { createdBefore: soon() })}
        countIsNoCondition
      >
        {url} is deleted, and everything that waits for it is cancelled. This cannot be undone.
      </Confirm>
    </>
  );
}

function soon(): string {
  return new Date().toISOString();
}
