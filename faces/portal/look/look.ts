/** The look of the portal, from the settings of the installation and then from the link. */
export interface PortalLook {
  /** The name of the product that sends the webhooks; null: not set. */
  readonly name: string | null;
  /** The URL of a picture. */
  readonly logo: string | null;
  /** Such as `#3450cf`. */
  readonly color: string | null;
  readonly font: string | null;
  readonly hidesMaker: boolean;
  /** Null: the choice of the person, else of the browser. */
  readonly scheme: 'light' | 'dark' | null;
}

const COLOR = /^#?([\da-f]{6})$/i;
const FONT = /^[\w -]{1,64}(,[\w -]{1,64}){0,9}$/;

/**
 * `settings` is JSON of the server; `search` is that of the address. The link can change colours and font, but not
 * name and picture, so that nobody can make a page of this server look like somebody else's. The parameters have the
 * names of Svix's portal; `theme` is our own.
 */
export function readLook(settings: string, search: URLSearchParams): PortalLook {
  const given = parsed(settings);
  const scheme = schemeOf(search);
  const color = COLOR.exec(colorOf(search, scheme) ?? '')?.[1];
  const font = search.get('fontFamily') ?? '';
  return {
    name: given.name ?? null,
    logo: given.logo ?? null,
    color: color === undefined ? (given.color ?? null) : `#${color.toLowerCase()}`,
    font: FONT.test(font) ? font : (given.font ?? null),
    hidesMaker: given.hidesMaker ?? false,
    scheme,
  };
}

function colorOf(search: URLSearchParams, scheme: PortalLook['scheme']): string | null {
  const ofScheme = scheme === 'dark' ? 'primaryColorDark' : 'primaryColorLight';
  return search.get(ofScheme) ?? search.get('primaryColor');
}

function schemeOf(search: URLSearchParams): PortalLook['scheme'] {
  const theme = search.get('theme');
  if (theme === 'light' || theme === 'dark') return theme;
  return { true: 'dark' as const, false: 'light' as const }[search.get('darkMode') ?? ''] ?? null;
}

function parsed(settings: string): Partial<PortalLook> {
  try {
    return JSON.parse(settings) as Partial<PortalLook>;
  } catch {
    // Vite's development server puts no settings into the page.
    return {};
  }
}
