use super::*;

#[test]
fn the_hash_is_djangos() {
    // Django 5.2: User(password="pbkdf2_sha256$1$salt$hash").get_session_auth_hash() with
    // SECRET_KEY="secret".
    let keys = SecretKeys::allow_short("secret").unwrap();
    assert_eq!(
        hashes(&keys, "pbkdf2_sha256$1$salt$hash").next().unwrap(),
        "67b8a2db9a11f20a0a7107b74c79f0f7cf7c6da789d5741f6b65b93c65a418f6"
    );
}
