import type { MessageOut } from '../api/types.ts';
import { CodeBlock, readable } from '../parts/code-block.tsx';
import { EmptyState } from '../parts/empty-state.tsx';

/** The payload of a message, or a note that it was deleted. */
export function MessagePayload({ label, message }: { label: string; message: MessageOut }) {
  if (message.payloadDeleted) {
    return (
      <EmptyState title="The payload was deleted">
        A person or the retention deleted it, so the message cannot be sent again.
      </EmptyState>
    );
  }
  return <CodeBlock label={label} text={message.rawPayload ?? readable(message.payload)} />;
}
