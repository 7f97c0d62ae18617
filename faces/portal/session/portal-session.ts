import { type Session, createSession } from '../../kit/session/session.ts';

/**
 * The token comes after the `#` of the link, which no server and no log sees. It is removed from the address at once,
 * so that no history, bookmark or copied address contains it.
 */
export function createPortalSession(): Session {
  const session = createSession({
    name: 'posthaste-portal',
    fetchToken: () => Promise.resolve(null),
  });
  const take = () => {
    const fragment = new URLSearchParams(location.hash.slice(1));
    // `key` is the name in links of Svix.
    const token = fragment.get('token') ?? fragment.get('key');
    if (token === null || token === '') return;
    history.replaceState(history.state, '', location.pathname + location.search);
    // Nothing of a previous customer may be left.
    session.signOut();
    session.signIn(token);
  };
  take();
  addEventListener('hashchange', take);
  return session;
}
