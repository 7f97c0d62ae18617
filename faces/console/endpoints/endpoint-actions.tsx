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
          The waiting messages are sent to {url}, slowly at first.
        </Confirm>
      ) : (
        <Confirm
          key="Pause"
          title="Pause"
          act={() => api.endpoints.pause(app, id)}
          done="The endpoint is paused"
          disabled={!mayWrite || endpoint.disabled}
        >
          Nothing is sent to {url} until it is resumed. New messages wait, too. Nothing is lost.
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
          Messages that waited for {url} when it was disabled are sent. Messages published since
          then are not: “Replay missing messages” sends them.
        </Confirm>
      ) : (
        <Confirm
          key="Disable"
          title="Disable"
          act={() => api.endpoints.patch(app, id, { disabled: true })}
          done="The endpoint is disabled"
          disabled={!mayWrite}
        >
          Nothing is sent to {url}. Messages published from now on do not wait for it. To keep new
          messages, pause the endpoint instead.
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
        {url} is deleted, and all deliveries that wait for it are cancelled. This cannot be undone.
      </Confirm>
    </>
  );
}

function soon(): string {
  return new Date().toISOString();
}
