const BASE = '/portal';

/**
 * `next` of a link names the page that is opened first, as in links of Svix: `/endpoints/new`. It leaves the address,
 * and leads nowhere else than into the portal.
 */
export function openNext(): void {
  const next = new URLSearchParams(location.search).get('next');
  if (next === null) return;
  const { pathname, search } = new URL(`${BASE}/${next.replace(/^\/+/, '')}`, location.origin);
  const isWithin = pathname.startsWith(`${BASE}/`);
  history.replaceState(history.state, '', isWithin ? pathname + search : BASE);
}
