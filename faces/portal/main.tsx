import { mountFace } from '../kit/face.tsx';
import { readLook } from './look/look.ts';
import { searchOfLink } from './look/search-of-link.ts';
import { themed } from './look/themed.ts';
import './portal.css';
import { createPortalRouter } from './routes.tsx';
import { AccessEnded } from './session/access-ended.tsx';
import { openNext } from './session/open-next.ts';
import { createPortalSession } from './session/portal-session.ts';

const { dataset } = document.documentElement;
// First, because it takes the token out of the address.
const session = createPortalSession();
const look = readLook(dataset['look'] ?? '', searchOfLink());
openNext();
dataset['faceName'] = look.name ?? 'Webhooks';

mountFace({
  session,
  router: createPortalRouter(look),
  signIn: (reason) => <AccessEnded name={look.name} reason={reason} />,
  look: themed(look),
});
