//! The explanation of two builder methods that `SessionManagerLayer` has.

/// A key that signs or encrypts cookies. There is none.
#[diagnostic::on_unimplemented(
    message = "`SessionLayer` signs and encrypts no cookie: leave this call out",
    label = "no key is needed",
    note = "the cookie is a random key of 165 bits, to which a signature or a cipher adds nothing; sessions that live \
            in their cookie are signed by the layer's `SecretKeys`"
)]
pub trait CookieKey: Never {}

/// A trait that no type has, so that none is a [`CookieKey`].
pub trait Never {}
