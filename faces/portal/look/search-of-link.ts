const KEPT = 'posthaste-portal-search';

/** The parameters of the link that opened the portal, kept for this tab when the address changes. */
export function searchOfLink(): URLSearchParams {
  const search = new URLSearchParams(location.search);
  try {
    if (LOOKS.some((name) => search.has(name))) sessionStorage.setItem(KEPT, search.toString());
    return new URLSearchParams(sessionStorage.getItem(KEPT) ?? search.toString());
  } catch {
    return search;
  }
}

const LOOKS = [
  'theme',
  'darkMode',
  'primaryColor',
  'primaryColorLight',
  'primaryColorDark',
  'fontFamily',
];
