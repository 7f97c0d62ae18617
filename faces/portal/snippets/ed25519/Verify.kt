// Java 15 or newer.
import java.security.KeyFactory
import java.security.PublicKey
import java.security.Signature
import java.security.SignatureException
import java.security.spec.X509EncodedKeySpec
import java.time.Instant
import java.util.Base64
import kotlin.math.abs

/** What the DER form of an ed25519 key begins with, in base64. */
private const val DER_HEAD = "MCowBQYDK2VwAyEA"

/** body: as it came; then the headers webhook-id, webhook-timestamp, webhook-signature; publicKey: whpk_... */
fun verify(body: ByteArray, id: String, timestamp: String, signatures: String, publicKey: String): Boolean {
    if (abs(Instant.now().epochSecond - timestamp.toLong()) > 300) return false
    val der = Base64.getDecoder().decode(DER_HEAD + publicKey.removePrefix("whpk_"))
    val key = KeyFactory.getInstance("Ed25519").generatePublic(X509EncodedKeySpec(der))
    val signed = "$id.$timestamp.".toByteArray() + body
    // Several while the secret is rotated.
    return signatures.split(" ").any {
        it.startsWith("v1a,") && matches(key, signed, it.removePrefix("v1a,"))
    }
}

private fun matches(key: PublicKey, signed: ByteArray, given: String): Boolean =
    try {
        Signature.getInstance("Ed25519").run {
            initVerify(key)
            update(signed)
            verify(Base64.getDecoder().decode(given))
        }
    } catch (malformed: SignatureException) {
        false
    } catch (malformed: IllegalArgumentException) {
        false
    }
