//! The functions of the library that every request with a session goes through.

use std::{collections::HashMap, hint::black_box};

use huihua::{
    SecretKeys,
    key::SessionKey,
    signing::{SERVER_SIDE_SALT, Signer},
};
use serde_json::{Value, json};
use time::{OffsetDateTime, macros::datetime};

use crate::Scenario;

const NOW: OffsetDateTime = datetime!(2026-11-23 12:00:00 UTC);

pub(crate) const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "key",
        what: "the text of a cookie becomes the key of a row: checked, and hashed with SHA-256",
        rounds: 5000,
        run: key,
    },
    Scenario {
        name: "sign",
        what: "a session of 350 bytes becomes a signed payload",
        rounds: 1000,
        run: sign,
    },
    Scenario {
        name: "open",
        what: "that payload is verified and opened",
        rounds: 1000,
        run: open,
    },
    Scenario {
        name: "encode",
        what: "the same from values to payload",
        rounds: 1000,
        run: encode,
    },
    Scenario {
        name: "decode",
        what: "the same from payload to values",
        rounds: 1000,
        run: decode,
    },
];

fn key(rounds: u32) {
    for _ in 0..rounds {
        let key = SessionKey::parse(black_box(b"abcdefghijklmnopqrstuvwxyz012345"));
        black_box(key.expect("a key").stored(true));
    }
}

fn sign(rounds: u32) {
    let json = Value::from_iter(session()).to_string();
    let signer = signer();
    for _ in 0..rounds {
        black_box(signer.sign(black_box(&json), NOW));
    }
}

fn open(rounds: u32) {
    let signer = signer();
    let payload = signer.encode(&session(), NOW);
    for _ in 0..rounds {
        black_box(signer.verify(black_box(&payload)).expect("our own payload"));
    }
}

fn encode(rounds: u32) {
    let (signer, session) = (signer(), session());
    for _ in 0..rounds {
        black_box(signer.encode(black_box(&session), NOW));
    }
}

fn decode(rounds: u32) {
    let (signer, session) = (signer(), session());
    let payload = signer.encode(&session, NOW);
    for _ in 0..rounds {
        let decoded = signer.decode(black_box(&payload));
        assert_eq!(decoded.expect("our own payload").len(), session.len());
    }
}

fn signer() -> Signer {
    Signer::new(
        &SecretKeys::allow_short("the key of the counts").expect("a key"),
        SERVER_SIDE_SALT,
    )
}

/// What Django and a shop keep of a user.
fn session() -> HashMap<String, Value> {
    let values = [
        ("_auth_user_id", json!("12345")),
        (
            "_auth_user_backend",
            json!("django.contrib.auth.backends.ModelBackend"),
        ),
        (
            "_auth_user_hash",
            json!("67b8a2db9a11f20a0a7107b74c79f0f7cf7c6da789d5741f6b65b93c65a418f6"),
        ),
        ("_language", json!("zh-hans")),
        (
            "cart",
            json!([{"id": 12, "n": 2, "price": 9.5}, {"id": 7, "n": 1, "price": 120.0}]),
        ),
        ("last_seen", json!("2026-11-24T12:00:00+00:00")),
    ];
    values.map(|(key, value)| (key.to_owned(), value)).into()
}
