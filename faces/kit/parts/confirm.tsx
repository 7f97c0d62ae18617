import { Button, Group, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useId } from 'react';
import type { TaskCountOut } from '../api/types.ts';
import { useAnnounce } from './announcer.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorNotice } from './error-notice.tsx';

export interface ConfirmProps {
  /** The title of the button and of the question: "Delete the endpoint". */
  readonly title: string;
  /** The consequences, shown in the question. */
  readonly children: ReactNode;
  /** Counts the deliveries that `act` will change; the question shows the number. */
  readonly count?: () => Promise<TaskCountOut>;
  /** Allows `act` also when the count is 0. */
  readonly countIsNoCondition?: boolean;
  readonly act: () => Promise<unknown>;
  /** The announcement after success. */
  readonly done: string;
  readonly onDone?: () => void;
  /** Makes the button red, for operations that can't be undone. */
  readonly isDestructive?: boolean;
  readonly disabled?: boolean;
}

/** A button that asks for confirmation and shows the consequences before it runs `act`. */
export function Confirm(props: ConfirmProps) {
  const { title, isDestructive = false, disabled = false } = props;
  const [isOpen, dialog] = useDisclosure();
  return (
    <>
      <Button
        variant={isDestructive ? 'outline' : 'default'}
        {...(isDestructive && { className: 'destructive' })}
        disabled={disabled}
        onClick={dialog.open}
      >
        {title}
      </Button>
      <Dialog isOpen={isOpen} onClose={dialog.close} title={title}>
        <Question {...props} onClose={dialog.close} />
      </Dialog>
    </>
  );
}

function Question({
  title,
  children,
  count,
  countIsNoCondition = false,
  act,
  done,
  onDone,
  isDestructive = false,
  onClose,
}: ConfirmProps & { onClose: () => void }) {
  const id = useId();
  const announce = useAnnounce();
  const queries = useQueryClient();
  const counted = useQuery({
    queryKey: ['count', id],
    queryFn: () => count?.() ?? null,
    enabled: count !== undefined,
    gcTime: 0,
    retry: false,
  });
  const action = useMutation({
    mutationFn: act,
    onSuccess: async () => {
      onClose();
      announce(done);
      onDone?.();
      await queries.invalidateQueries();
    },
  });
  const nothing = counted.data?.count === 0 && !countIsNoCondition;
  const amount = counted.data && `${counted.data.isExact ? '' : 'at least '}${counted.data.count}`;
  return (
    <Stack gap="sm">
      <Text size="sm" component="div">
        {children}
      </Text>
      {count && (
        <Text fw={600} role="status">
          {counted.isLoading && 'Counting…'}
          {amount && deliveries(amount, nothing)}
        </Text>
      )}
      <ErrorNotice error={counted.error} onRetry={() => void counted.refetch()} />
      <ErrorNotice error={action.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Change nothing
        </Button>
        <Button
          {...(isDestructive && { color: 'red.9' })}
          loading={action.isPending}
          disabled={count !== undefined && (!counted.data || nothing)}
          onClick={() => action.mutate()}
        >
          {count && amount && amount !== '0' ? `${title} (${amount})` : title}
        </Button>
      </Group>
    </Stack>
  );
}

function deliveries(amount: string, nothing: boolean): string {
  if (nothing) return 'Nothing would change.';
  return amount === '1' ? '1 delivery' : `${amount} deliveries`;
}
