//! Numbers in base 62, which no crate writes with Django's alphabet and sign.

/// Django's base 62: digits, then capitals, then small letters.
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn push_base62(text: &mut String, number: i64) {
    if number < 0 {
        text.push('-');
    }
    let mut rest = number.unsigned_abs();
    let mut digits = Vec::with_capacity(11);
    loop {
        digits.push(BASE62[(rest % 62) as usize]);
        rest /= 62;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits.iter().rev().copied().map(char::from));
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
