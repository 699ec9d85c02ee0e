// Package keys holds private keys that never leave it: those of subscribers where
// the issuer takes a request with a public key, and those of the test authority.
//
// A key has an id, which is made once and stays ([Keeper.Make] of an id that is
// there changes nothing). [Files] keeps each key in a file, encrypted with a key
// derived from a secret; the package pkcs11 beside this one keeps them in a
// hardware module or in SoftHSM. Both are used in one way: [Keeper.Use] lends a
// signer to a function and takes it back. There is no way to export a key.
//
// All keys are ECDSA on P-256.
package keys
