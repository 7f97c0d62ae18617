# pip install cryptography
import base64
import binascii
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def verify(body: bytes, headers, public_key: str) -> bool:
    """body: as it came; headers: with names in lower case, or any that ignore case; public_key: whpk_..."""
    message_id = headers["webhook-id"]
    timestamp = headers["webhook-timestamp"]
    if abs(time.time() - int(timestamp)) > 300:
        return False
    raw = base64.b64decode(public_key.removeprefix("whpk_"))
    key = Ed25519PublicKey.from_public_bytes(raw)
    signed = f"{message_id}.{timestamp}.".encode() + body
    # Several while the secret is rotated.
    for given in headers["webhook-signature"].split(" "):
        version, _, signature = given.partition(",")
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(signature), signed)
            return True
        except (InvalidSignature, binascii.Error):
            continue
    return False
