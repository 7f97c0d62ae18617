import java.security.MessageDigest
import java.time.Instant
import java.util.Base64
import javax.crypto.Mac
import javax.crypto.spec.SecretKeySpec
import kotlin.math.abs

/** body: as it came; the others are the headers webhook-id, webhook-timestamp, webhook-signature. */
fun verify(body: ByteArray, id: String, timestamp: String, signatures: String, secret: String): Boolean {
    if (abs(Instant.now().epochSecond - timestamp.toLong()) > 300) return false
    val key = Base64.getDecoder().decode(secret.removePrefix("whsec_"))
    val mac = Mac.getInstance("HmacSHA256")
    mac.init(SecretKeySpec(key, "HmacSHA256"))
    mac.update("$id.$timestamp.".toByteArray())
    val expected = "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))
    // Several while the secret is rotated.
    return signatures.split(" ").any {
        MessageDigest.isEqual(expected.toByteArray(), it.toByteArray())
    }
}
