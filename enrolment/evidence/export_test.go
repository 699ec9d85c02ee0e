package evidence

// SignForTest signs a manifest's hash: for tests that write a chain as another
// version would.
func (k *Keeper) SignForTest(body string) (hash, signature string) {
	hash = hashOf(body)
	return hash, k.Signer.sign(forManifest, hash)
}
