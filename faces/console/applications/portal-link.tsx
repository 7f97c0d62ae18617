import { Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useApi } from '../../kit/api/api-context.tsx';
import { CodeBlock } from '../../kit/parts/code-block.tsx';
import { Confirm } from '../../kit/parts/confirm.tsx';
import { Dialog } from '../../kit/parts/dialog.tsx';
import { ErrorNotice } from '../../kit/parts/error-notice.tsx';
import { useMay } from '../../kit/session/session-context.tsx';

/** Makes a link by which the customer opens the portal without an account. */
export function PortalLink({ app }: { app: string }) {
  const api = useApi();
  const may = useMay('portal:write');
  const link = useMutation({ mutationFn: () => api.applications.portalAccess(app, {}) });
  return (
    <>
      <Button
        variant="default"
        disabled={!may}
        loading={link.isPending}
        onClick={() => link.mutate()}
      >
        Portal link
      </Button>
      <Dialog isOpen={!link.isIdle && !link.isPending} onClose={link.reset} title="Portal link">
        <Stack gap="sm">
          <ErrorNotice error={link.error} />
          {link.data && (
            <>
              <Text size="sm">
                For a week, whoever has this link can act for the customer. Give it only to them.
              </Text>
              <CodeBlock label="Link" text={link.data.url} />
              <Confirm
                title="End all links of this customer"
                act={() => api.applications.endPortalAccess(app)}
                done="All links of the customer have ended"
                onDone={link.reset}
                isDestructive
              >
                All links made for this customer so far stop working, also in portals that are open
                now.
              </Confirm>
            </>
          )}
        </Stack>
      </Dialog>
    </>
  );
}
