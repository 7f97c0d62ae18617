package webhooks

import (
	"crypto/ed25519"
	"encoding/base64"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Verify takes the body as it came, io.ReadAll(request.Body), and the public key, whpk_....
func Verify(body []byte, header http.Header, publicKey string) bool {
	id, timestamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || math.Abs(float64(time.Now().Unix()-seconds)) > 300 {
		return false
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(publicKey, "whpk_"))
	if err != nil || len(key) != ed25519.PublicKeySize {
		return false
	}
	signed := append([]byte(id+"."+timestamp+"."), body...)
	// Several while the secret is rotated.
	for _, given := range strings.Split(header.Get("webhook-signature"), " ") {
		if !strings.HasPrefix(given, "v1a,") {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(given, "v1a,"))
		if err == nil && ed25519.Verify(key, signed, signature) {
			return true
		}
	}
	return false
}
