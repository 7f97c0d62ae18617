import { shownReceivedValue } from '../../domain/header-field.ts';

/** Says with which status a receiver answered, and where a redirect leads: it is not followed. */
export function answered(statusCode: number | null, location: string | null): string {
  const isRedirect = statusCode !== null && statusCode >= 300 && statusCode < 400;
  const answer = `answered ${statusCode}`;
  return isRedirect && location !== null
    ? `${answer} with Location: ${shortened(shownReceivedValue(location), LOCATION_CHARS)}`
    : answer;
}

export function shortened(text: string, chars: number): string {
  return text.length > chars ? `${text.slice(0, chars)}…` : text;
}

const LOCATION_CHARS = 1_000;
