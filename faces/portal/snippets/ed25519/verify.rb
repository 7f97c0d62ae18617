require 'base64'
require 'openssl'

# What the DER form of an ed25519 key begins with.
DER_HEAD = ['302a300506032b6570032100'].pack('H*')

# body: request.body.read; env: that of Rack; public_key: whpk_...
def verify(body, env, public_key)
  id = env.fetch('HTTP_WEBHOOK_ID')
  timestamp = env.fetch('HTTP_WEBHOOK_TIMESTAMP')
  return false if (Time.now.to_i - Integer(timestamp, 10)).abs > 300

  key = OpenSSL::PKey.read(DER_HEAD + Base64.decode64(public_key.delete_prefix('whpk_')))
  signed = "#{id}.#{timestamp}.".b + body.b
  # Several while the secret is rotated.
  env.fetch('HTTP_WEBHOOK_SIGNATURE').split(' ').any? do |given|
    version, signature = given.split(',', 2)
    version == 'v1a' && key.verify(nil, Base64.decode64(signature), signed)
  rescue OpenSSL::PKey::PKeyError
    false
  end
end
