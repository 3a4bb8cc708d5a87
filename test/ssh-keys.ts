import ssh2 from 'ssh2'

/** A new ed25519 key. One in 250 that ssh2 makes is one that it cannot read again. */
export function keyPair(): { readonly private: string; readonly public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519')
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair
  }
}
