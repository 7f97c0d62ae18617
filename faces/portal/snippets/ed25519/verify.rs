// cargo add ed25519-dalek@2 base64@0.22
use base64::{engine::general_purpose::STANDARD, Engine};
use ed25519_dalek::{Signature, Verifier, VerifyingKey};
use std::time::{SystemTime, UNIX_EPOCH};

/// body: as it came; then the headers webhook-id, webhook-timestamp and webhook-signature;
/// public_key: whpk_...
pub fn verify(body: &[u8], id: &str, timestamp: &str, signatures: &str, public_key: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| t.as_secs() as i64);
    if !timestamp.parse::<i64>().is_ok_and(|sent| (now - sent).abs() <= 300) {
        return false;
    }
    let text = public_key.strip_prefix("whpk_").unwrap_or(public_key);
    let Some(key) = STANDARD
        .decode(text)
        .ok()
        .and_then(|raw| <[u8; 32]>::try_from(raw).ok())
        .and_then(|raw| VerifyingKey::from_bytes(&raw).ok())
    else {
        return false;
    };
    let signed = [format!("{id}.{timestamp}.").as_bytes(), body].concat();
    // Several while the secret is rotated.
    signatures
        .split(' ')
        .filter_map(|given| STANDARD.decode(given.strip_prefix("v1a,")?).ok())
        .filter_map(|raw| Signature::from_slice(&raw).ok())
        .any(|signature| key.verify(&signed, &signature).is_ok())
}
