//! Numbers in base 62, which no crate writes with Django's alphabet and sign.

/// Django's base 62: digits, then capitals, then small letters.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn push_base62(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    push_digits(text, number.unsigned_abs());
}

fn push_digits(text: &mut String, number: u64) {
    if number >= 62 {
        push_digits(text, number / 62);
    }
    text.push(char::from(BASE62[(number % 62) as usize]));
}

pub(super) fn base62(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    if digits.is_empty() {
        return None;
    }
    digits.bytes().try_fold(0_i64, |number, digit| {
        let value = BASE62.iter().position(|known| *known == digit)?;
        number.checked_mul(62)?.checked_add(sign * i64::try_from(value).ok()?)
    })
}
