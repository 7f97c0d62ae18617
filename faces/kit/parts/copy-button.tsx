import { ActionIcon, Tooltip } from '@mantine/core';
import { useState } from 'react';
import { CheckIcon, CopyIcon } from '../shell/icons.tsx';
import { useAnnounce } from './announcer.tsx';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const announce = useAnnounce();
  const [isCopied, setIsCopied] = useState(false);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      setIsCopied(true);
      announce(`Copied: ${label}`);
    } catch {
      // Pages without TLS have no clipboard.
      announce('The browser does not allow copying here: select the text instead', 'bad');
    }
  }
  return (
    <Tooltip label={`Copy ${label}`}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="sm"
        aria-label={`Copy ${label}`}
        onClick={() => void copy()}
      >
        {isCopied ? <CheckIcon /> : <CopyIcon />}
      </ActionIcon>
    </Tooltip>
  );
}
