/** What may be sent as a header (RFC 9110, sections 5.1 and 5.5): nothing that could end its line. */
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Names of headers whose values are not shown. */
export const SECRET_HEADER: RegExp =
  /authorization|cookie|token|secret|password|credential|api-?key/i;
