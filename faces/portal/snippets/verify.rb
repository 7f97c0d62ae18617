require 'base64'
require 'openssl'

# body: request.body.read; env: that of Rack.
def verify(body, env, secret)
  id = env.fetch('HTTP_WEBHOOK_ID')
  timestamp = env.fetch('HTTP_WEBHOOK_TIMESTAMP')
  return false if (Time.now.to_i - Integer(timestamp, 10)).abs > 300

  key = Base64.decode64(secret.delete_prefix('whsec_'))
  digest = OpenSSL::HMAC.digest('SHA256', key, "#{id}.#{timestamp}.".b + body.b)
  expected = "v1,#{Base64.strict_encode64(digest)}"
  # Several while the secret is rotated.
  env.fetch('HTTP_WEBHOOK_SIGNATURE').split(' ').any? do |given|
    OpenSSL.secure_compare(expected, given)
  end
end
