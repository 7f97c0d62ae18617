/** `isExpunged` as SQL, for queries in which only the message has columns of these names. */
export const PAYLOAD_DELETED = '(octet_length(payload) = 0 and content_type is null)';
