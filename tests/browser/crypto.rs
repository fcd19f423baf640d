//! WebCrypto: random numbers, SHA-256 against the standard's example, RS256 against a signature made with OpenSSL,
//! AES-256-GCM against a test case of its authors.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rolegrant::auth::{Crypto as _, RsaKey, pkce, secret::Secret};
use rolegrant::browser::crypto::{WebCrypto, seal, unseal};
use std::collections::HashSet;
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

#[wasm_bindgen_test]
fn no_random_number_comes_twice() {
    // SEC-003
    let mut seen = HashSet::new();
    for _ in 0..1000 {
        assert!(seen.insert(WebCrypto.random().unwrap()));
    }
    // Every byte is filled: in a thousand numbers each position has taken most of its 256 values.
    for position in 0..32 {
        assert!(
            seen.iter().filter_map(|bytes| bytes.get(position)).collect::<HashSet<_>>().len() > 200,
            "byte {position}"
        );
    }
}

#[wasm_bindgen_test]
async fn what_is_sealed_is_opened_by_its_key_as_what_it_is_alone() {
    let key = Secret::random(&WebCrypto).unwrap();
    let other = Secret::random(&WebCrypto).unwrap();
    for bytes in [&b""[..], b"contoso", &[7; 700_000]] {
        let sealed = seal(&key, "part 1", bytes).await.unwrap();
        assert_eq!(sealed.len(), 12 + bytes.len() + 16);
        assert!(unseal(&key, "part 1", &sealed).await.unwrap() == bytes);
        assert!(unseal(&other, "part 1", &sealed).await.is_err(), "another key");
        assert!(unseal(&key, "part 2", &sealed).await.is_err(), "said to be something else");
        for at in [0, 12, sealed.len() / 2, sealed.len() - 1] {
            let mut flipped = sealed.clone();
            *flipped.get_mut(at).unwrap() ^= 1;
            assert!(unseal(&key, "part 1", &flipped).await.is_err(), "byte {at}");
        }
        for length in [0, 11, 12, 27, sealed.len() - 1] {
            assert!(unseal(&key, "part 1", sealed.get(..length).unwrap()).await.is_err(), "cut at {length}");
        }
    }
    for no_key in ["", "AAAA", "not base64!"] {
        assert!(seal(&Secret::new(no_key), "", b"x").await.is_err(), "{no_key}");
    }
    // Each has a vector of its own, and so nothing in common with another of the same.
    let mut seen = HashSet::new();
    for _ in 0..100 {
        let sealed = seal(&key, "", &[0; 16]).await.unwrap();
        let (vector, rest) = sealed.split_at(12);
        assert!(seen.insert(vector.to_vec()) && seen.insert(rest.to_vec()));
    }
}

#[wasm_bindgen_test]
async fn opens_what_others_have_sealed() {
    // McGrew and Viega, The Galois/Counter Mode of Operation, test case 14: sixteen bytes of zero, vector and key of
    // zeros, no additional data.
    let key = Secret::new(BASE64_URL_SAFE_NO_PAD.encode([0; 32]));
    let hex = "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919";
    let sealed = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2).unwrap(), 16).unwrap());
    let sealed: Vec<u8> = [0; 12].into_iter().chain(sealed).collect();
    assert_eq!(unseal(&key, "", &sealed).await.unwrap(), [0; 16]);
}

#[wasm_bindgen_test]
async fn digests_as_the_standards_say() {
    // FIPS 180-4's example "abc", and RFC 7636, appendix B.
    let abc: String = WebCrypto.sha256(b"abc").await.unwrap().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(abc, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let challenge = pkce::challenge(&WebCrypto, &verifier).await;
    assert_eq!(challenge.as_deref(), Ok("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}
