// dotnet add package BouncyCastle.Cryptography
using System;
using System.Linq;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

public static class Webhooks
{
    /// <summary>
    /// body: as it came; then the headers webhook-id, webhook-timestamp, webhook-signature; publicKey: whpk_...
    /// </summary>
    public static bool Verify(byte[] body, string id, string timestamp, string signatures, string publicKey)
    {
        var age = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(timestamp);
        if (Math.Abs(age) > 300) return false;
        var raw = publicKey.StartsWith("whpk_") ? publicKey.Substring(5) : publicKey;
        var key = new Ed25519PublicKeyParameters(Convert.FromBase64String(raw), 0);
        var signed = Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(body).ToArray();
        // Several while the secret is rotated.
        return signatures.Split(' ')
            .Any(given => given.StartsWith("v1a,") && Matches(key, signed, given.Substring(4)));
    }

    private static bool Matches(Ed25519PublicKeyParameters key, byte[] signed, string given)
    {
        var verifier = new Ed25519Signer();
        verifier.Init(false, key);
        verifier.BlockUpdate(signed, 0, signed.Length);
        try
        {
            return verifier.VerifySignature(Convert.FromBase64String(given));
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
