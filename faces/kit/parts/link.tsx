import { Anchor, type AnchorProps, Button, type ButtonProps } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useGo } from '../hooks/use-go.ts';

interface LinkProps {
  /** A path within the face, with its search: `/messages?find=msg_1`. */
  readonly to: string;
  readonly children?: ReactNode;
  readonly 'aria-current'?: 'page';
  readonly 'aria-label'?: string;
}

/** A link within a face. The router follows it; its address can also be opened in another tab. */
export function Link({ to, ...props }: LinkProps & AnchorProps) {
  return <Anchor {...useLink(to)} {...props} />;
}

export function ButtonLink({ to, ...props }: LinkProps & ButtonProps) {
  return <Button component="a" {...useLink(to)} {...props} />;
}

export function SectionLink({ to, ...props }: LinkProps) {
  return <a className="section-link" {...useLink(to)} {...props} />;
}

/** A link in a row of a table: a click anywhere on the row follows it. */
export function RowLink({ to, children }: LinkProps) {
  return (
    <a className="row-link" {...useLink(to)}>
      {children}
    </a>
  );
}

/** Another link in a row of a table that has a `RowLink`. */
export function CellLink({ to, children }: LinkProps) {
  return (
    <a className="cell-link" {...useLink(to)}>
      {children}
    </a>
  );
}

function useLink(to: string) {
  const router = useRouter();
  const { basepath } = router;
  const go = useGo();
  // An error of the preload is shown once somebody goes to the page.
  const [path = ''] = to.split('?');
  const preload = () => void router.preloadRoute({ to: path }).catch(() => {});
  return {
    onPointerEnter: preload,
    onFocus: preload,
    href: basepath === '/' ? to : basepath + to,
    onClick: (event: MouseEvent) => {
      const isPlain = !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
      if (!isPlain || event.defaultPrevented) return;
      event.preventDefault();
      go(to);
    },
  };
}
