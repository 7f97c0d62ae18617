const BASE = '/portal';

/**
 * Opens the page that `next` of the link names, such as `/endpoints/new` (as in links of Svix), and removes `next`
 * from the address. It can only lead to pages of the portal.
 */
export function openNext(): void {
  const next = new URLSearchParams(location.search).get('next');
  if (next === null) return;
  const { pathname, search } = new URL(`${BASE}/${next.replace(/^\/+/, '')}`, location.origin);
  const isWithin = pathname.startsWith(`${BASE}/`);
  history.replaceState(history.state, '', isWithin ? pathname + search : BASE);
}
