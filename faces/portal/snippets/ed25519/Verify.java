import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/** Java 15 or newer. */
public final class Verify {
  /** What the DER form of an ed25519 key begins with, in base64. */
  private static final String DER_HEAD = "MCowBQYDK2VwAyEA";

  /**
   * body: as it came; then the headers webhook-id, webhook-timestamp, webhook-signature; publicKey:
   * whpk_...
   */
  public static boolean verify(
      byte[] body, String id, String timestamp, String signatures, String publicKey)
      throws GeneralSecurityException {
    if (Math.abs(Instant.now().getEpochSecond() - Long.parseLong(timestamp)) > 300) {
      return false;
    }
    byte[] der = Base64.getDecoder().decode(DER_HEAD + publicKey.replaceFirst("^whpk_", ""));
    PublicKey key = KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
    ByteArrayOutputStream signed = new ByteArrayOutputStream();
    signed.writeBytes((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
    signed.writeBytes(body);
    // Several while the secret is rotated.
    for (String given : signatures.split(" ")) {
      if (given.startsWith("v1a,") && matches(key, signed.toByteArray(), given.substring(4))) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(PublicKey key, byte[] signed, String given)
      throws GeneralSecurityException {
    Signature signature = Signature.getInstance("Ed25519");
    signature.initVerify(key);
    signature.update(signed);
    try {
      return signature.verify(Base64.getDecoder().decode(given));
    } catch (SignatureException | IllegalArgumentException malformed) {
      return false;
    }
  }
}
