<?php
// The extension sodium is part of PHP. $body: file_get_contents('php://input'); $publicKey: whpk_...
function verify(string $body, string $publicKey): bool
{
    $id = $_SERVER['HTTP_WEBHOOK_ID'] ?? '';
    $timestamp = $_SERVER['HTTP_WEBHOOK_TIMESTAMP'] ?? '';
    if (abs(time() - (int) $timestamp) > 300) {
        return false;
    }
    $key = base64_decode(preg_replace('/^whpk_/', '', $publicKey));
    $signed = "$id.$timestamp.$body";
    // Several while the secret is rotated.
    foreach (explode(' ', $_SERVER['HTTP_WEBHOOK_SIGNATURE'] ?? '') as $given) {
        [$version, $text] = explode(',', $given, 2) + ['', ''];
        $signature = (string) base64_decode($text, true);
        if (
            $version === 'v1a'
            && strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES
            && sodium_crypto_sign_verify_detached($signature, $signed, $key)
        ) {
            return true;
        }
    }
    return false;
}
