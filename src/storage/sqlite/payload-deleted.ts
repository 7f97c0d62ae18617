/** SQL of `isExpunged`, of a message whose table has no other column of these names beside it. */
export const PAYLOAD_DELETED = '(octet_length(payload) = 0 and content_type is null)';
