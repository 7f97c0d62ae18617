// cargo add hmac@0.12 sha2@0.10 base64@0.22
use base64::{engine::general_purpose::STANDARD, Engine};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::time::{SystemTime, UNIX_EPOCH};

/// `body`: as it came; the others are the headers webhook-id, webhook-timestamp, webhook-signature.
pub fn verify(body: &[u8], id: &str, timestamp: &str, signatures: &str, secret: &str) -> bool {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs());
    let is_fresh = timestamp.parse::<u64>().is_ok_and(|sent| now.abs_diff(sent) <= 300);
    let Ok(key) = STANDARD.decode(secret.trim_start_matches("whsec_")) else {
        return false;
    };
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&key) else {
        return false;
    };
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(body);
    // Several while the secret is rotated. `verify_slice` takes the same time whatever it is given.
    is_fresh
        && signatures
            .split(' ')
            .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
            .any(|given| mac.clone().verify_slice(&given).is_ok())
}
