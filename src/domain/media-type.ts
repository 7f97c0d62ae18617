const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const QUOTED = '"(?:[\\t !#-\\[\\]-~]|\\\\[\\t -~])*"';

/** A media type with its parameters (RFC 9110, section 8.3.1), in ASCII without characters that could end the line. */
export const MEDIA_TYPE: RegExp = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|${QUOTED}))*$`,
);

export const MAX_MEDIA_TYPE_CHARS = 255;

/** The media type of a payload, unless its publisher gave another one. */
export const JSON_MEDIA_TYPE = 'application/json';

/** Whether the media type is `application/json` or ends in `+json` (RFC 6839), with or without parameters. */
export function isJsonType(mediaType: string): boolean {
  return JSON_TYPE.test(mediaType);
}

const JSON_TYPE = /^(?:application\/json|[^;]+\+json)[ \t]*(?:;|$)/i;
