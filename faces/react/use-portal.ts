import type { WhoamiOut } from '../kit/api/types.ts';
import { useIdentity } from '../kit/session/session-context.tsx';

export interface Portal {
  /** The id of the application that the token belongs to. */
  readonly app: string;
  /**
   * Whether the token has a right, such as `endpoint:write`. The API enforces rights; a page should not offer
   * operations that would be refused.
   */
  readonly may: (right: WhoamiOut['rights'][number]) => boolean;
}

export function usePortal(): Portal {
  const { appId, rights } = useIdentity();
  return { app: appId ?? '', may: (right) => rights.includes(right) };
}
