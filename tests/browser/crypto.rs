//! RS256 by WebCrypto, against a signature made with OpenSSL.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rolegrant::auth::{RsaKey, SignatureVerifier as _};
use rolegrant::browser::crypto::WebCrypto;
use wasm_bindgen_test::wasm_bindgen_test;

const MODULUS: &str = "vAMJBmg11FFJXAInfvOTIC7uxr6_57dJV36CRabQEUkWen0M6J5PfESOuPWvRJq2CEczXwa0sHHj5RKCnyaPhgH_m6JBHZSYgiYPNE_egRP_WAUaf0MKzOd6AkHfotA8PE1LBmggyWZJtYvdaVC_Ehj94g2F7xUDLSsj6R7pKQ5A_MBpYNsy1KEm2WQEjuNfwci1rSRrTc_ujKD3tfDKE3lxilYcKrr4OUUwzUs34nzvWt2TlbkDtAR4j__vrrudEnPBUel1VPnwgvsLUh7oS2OuT5aCkjTkfLBHmOBTPsLMSGd0HiVXvgQ57g1qSUeLY40QwJcb7q8NogCMIUT71Q";
const SIGNATURE: &str = "Mu3qOJfZ5g7Nmn_Jr_5qtO1nueOr6Aqi7gVwC9HQpjbkCk9IDvT7yjXgtiwAF2AlIzgfsY5V3zue3Ci1YJzEQL0Jqrw0-bqGj9tFy-PmmEE0lHpv79yG27wh2KZD-b95PV3wHlAmtG-O7J8GpukqTkUBkoIfmQF6FJPAB_Tcgpj-lImQPcC0sU1qypBhKCx_oLF-VGKETsJfJqcaahKWGHtAgIvRqlOqnGF_TDkzP4c5zX3Ef_s1uixBqk3QCQrmwgEAFSyUUHg6iCAYGOT5BqvgRBZHD-KudOJSamiljViYNl73jmJP9XIPLB9pyjyuffGzejTjw1zJ-wA2RfSayg";
const MESSAGE: &[u8] = b"Rolegrant signs nothing; it only checks.";

fn key(modulus: &str, exponent: &str) -> RsaKey {
    RsaKey { id: None, modulus: modulus.into(), exponent: exponent.into() }
}

#[wasm_bindgen_test]
async fn tells_a_true_signature_from_a_false_one() {
    let signature = BASE64_URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
    let mut flipped = signature.clone();
    *flipped.last_mut().unwrap() ^= 1;
    let holds =
        async |key: RsaKey, message: &[u8], signature: &[u8]| WebCrypto.verify_rs256(&key, message, signature).await;
    assert!(holds(key(MODULUS, "AQAB"), MESSAGE, &signature).await);
    assert!(!holds(key(MODULUS, "AQAB"), b"Rolegrant signs everything.", &signature).await);
    assert!(!holds(key(MODULUS, "AQAB"), MESSAGE, &flipped).await);
    assert!(!holds(key(MODULUS, "AQAB"), MESSAGE, &[]).await);
    let other = MODULUS.replacen("vAMJ", "vAMK", 1);
    assert!(!holds(key(&other, "AQAB"), MESSAGE, &signature).await);
}

#[wasm_bindgen_test]
async fn a_key_that_is_none_verifies_nothing() {
    let signature = BASE64_URL_SAFE_NO_PAD.decode(SIGNATURE).unwrap();
    for (modulus, exponent) in [("", ""), ("not base64!", "AQAB"), (MODULUS, ""), (MODULUS, "AA")] {
        assert!(!WebCrypto.verify_rs256(&key(modulus, exponent), MESSAGE, &signature).await, "{exponent}");
    }
}
