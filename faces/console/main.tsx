import { mountFace } from '../kit/face.tsx';
import { createSession, fetchTokenHere } from '../kit/session/session.ts';
import { TokenForm } from '../kit/session/token-form.tsx';
import { router } from './routes.tsx';

mountFace({
  session: createSession({ name: 'posthaste-console', fetchToken: fetchTokenHere }),
  router,
  signIn: (reason) => <TokenForm title="Posthaste console" reason={reason} />,
});
