import type { MessageOut } from '../api/types.ts';
import { CodeBlock, readable } from '../parts/code-block.tsx';
import { EmptyState } from '../parts/empty-state.tsx';

/** What a message says, or that nobody can tell any more. */
export function MessagePayload({ label, message }: { label: string; message: MessageOut }) {
  if (message.payloadDeleted) {
    return (
      <EmptyState title="The payload is gone">
        It was deleted, or its time was over: the message cannot be sent again.
      </EmptyState>
    );
  }
  return <CodeBlock label={label} text={message.rawPayload ?? readable(message.payload)} />;
}
