import type { WhoamiOut } from '../kit/api/types.ts';
import { useIdentity } from '../kit/session/session-context.tsx';

export interface Portal {
  /** The id of the application whose portal it is. */
  readonly app: string;
  /**
   * Whether the token may do what needs this right, such as `endpoint:write`. The API enforces it;
   * a page does not offer what would be refused.
   */
  readonly may: (right: WhoamiOut['rights'][number]) => boolean;
}

export function usePortal(): Portal {
  const { appId, rights } = useIdentity();
  return { app: appId ?? '', may: (right) => rights.includes(right) };
}
