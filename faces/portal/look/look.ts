/** What the page takes its looks from: the settings of the installation, then the link. */
export interface PortalLook {
  /** Whose webhooks these are; null: nobody says. */
  readonly name: string | null;
  /** The address of a picture. */
  readonly logo: string | null;
  /** Such as `#3450cf`. */
  readonly color: string | null;
  readonly font: string | null;
  readonly hidesMaker: boolean;
  /** Null: as the browser, or the person, has it. */
  readonly scheme: 'light' | 'dark' | null;
}

const COLOR = /^#?([\da-f]{6})$/i;
const FONT = /^[\w -]{1,64}(,[\w -]{1,64}){0,9}$/;

/**
 * `settings` is JSON of the server; `search` is of the address. The link may change colours and font,
 * and neither name nor picture: nobody can make a page of this server look like somebody else's. Names of parameters
 * are those of Svix's portal, and `theme`.
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
    // The page as Vite serves it.
    return {};
  }
}
