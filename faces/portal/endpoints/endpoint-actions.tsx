import type { EndpointOut } from '../../kit/api/types.ts';
import { useGo } from '../../kit/hooks/use-go.ts';
import { Confirm } from '../../kit/parts/confirm.tsx';
import {
  useDeleteEndpoint,
  usePauseEndpoint,
  useResumeEndpoint,
  useUpdateEndpoint,
} from '../../react/endpoints.ts';
import { usePortal } from '../../react/use-portal.ts';

/** The operations on an endpoint, for a token that may change it. */
export function EndpointActions({ endpoint }: { endpoint: EndpointOut }) {
  const { id, url, paused, disabled } = endpoint;
  const { may } = usePortal();
  const go = useGo();
  const pause = usePauseEndpoint(id);
  const resume = useResumeEndpoint(id);
  const update = useUpdateEndpoint(id);
  const remove = useDeleteEndpoint(id);
  if (!may('endpoint:write')) return null;
  return (
    <>
      {disabled && (
        <Confirm
          title="Enable"
          act={() => update.run({ disabled: false })}
          done="The endpoint is enabled"
        >
          What waited for {url} when it was disabled is sent. What was published since can be caught
          up by “Replay missing messages”.
        </Confirm>
      )}
      {paused ? (
        <Confirm
          key="Resume"
          title="Resume"
          act={() => resume.run()}
          done="The endpoint is resumed"
        >
          The waiting messages are sent to {url}, slowly at first.
        </Confirm>
      ) : (
        !disabled && (
          <Confirm key="Pause" title="Pause" act={() => pause.run()} done="The endpoint is paused">
            Nothing is sent to {url} until it is resumed. New messages wait. Nothing is lost.
          </Confirm>
        )
      )}
      <Confirm
        title="Delete"
        act={() => remove.run()}
        done="The endpoint is deleted"
        onDone={() => go('/')}
        isDestructive
      >
        {url} is deleted, and the messages that wait for it are cancelled. This cannot be undone.
      </Confirm>
    </>
  );
}
