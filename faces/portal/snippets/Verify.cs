using System;
using System.Linq;
using System.Security.Cryptography;
using System.Text;

public static class Webhooks
{
    /// <summary>body: as it came; the others are the headers webhook-id, webhook-timestamp, webhook-signature.</summary>
    public static bool Verify(byte[] body, string id, string timestamp, string signatures, string secret)
    {
        var age = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - long.Parse(timestamp);
        if (Math.Abs(age) > 300) return false;
        var key = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret.Substring(6) : secret);
        var signed = Encoding.UTF8.GetBytes($"{id}.{timestamp}.").Concat(body).ToArray();
        using (var hmac = new HMACSHA256(key))
        {
            var expected = Encoding.UTF8.GetBytes("v1," + Convert.ToBase64String(hmac.ComputeHash(signed)));
            // Several while the secret is rotated.
            return signatures.Split(' ')
                .Any(given => CryptographicOperations.FixedTimeEquals(expected, Encoding.UTF8.GetBytes(given)));
        }
    }
}
