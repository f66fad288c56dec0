use huihua::expiry::{ExpiryPolicy, NEVER};
use time::{Duration, OffsetDateTime};
use tower_sessions::Expiry;

use super::ExpiryInput;
use crate::form::{FieldError, FormErrors, LONGEST_IDLE, MOST_DAYS};

impl ExpiryInput {
    /// The choice that leads to `policy`.
    pub fn of(policy: ExpiryPolicy, now: OffsetDateTime) -> Self {
        Self::preset(&match policy {
            ExpiryPolicy::Default => "default".to_owned(),
            ExpiryPolicy::Idle(idle) => format!("idle-{}", idle.whole_seconds()),
            ExpiryPolicy::Until(end) => format!("days-{}", (end - now).whole_days()),
            ExpiryPolicy::Close => "close".to_owned(),
            ExpiryPolicy::Never => "never".to_owned(),
        })
    }

    /// The expiry, counted from `now`; `None`: the site's default.
    ///
    /// # Errors
    /// If the choice is none of the five, or its number is out of range.
    pub fn expiry(&self, now: OffsetDateTime) -> Result<Option<Expiry>, FormErrors> {
        let out_of = |field: &str, most| FormErrors::of(field, FieldError::Number(most));
        Ok(Some(match self.expiry.as_str() {
            "" | "default" => return Ok(None),
            "close" => Expiry::OnSessionEnd,
            "never" => Expiry::AtDateTime(NEVER),
            "idle" => {
                let seconds = number(&self.seconds, LONGEST_IDLE)
                    .ok_or_else(|| out_of("seconds", LONGEST_IDLE))?;
                Expiry::OnInactivity(Duration::seconds(seconds))
            }
            "days" => {
                let days =
                    number(&self.days, MOST_DAYS).ok_or_else(|| out_of("days", MOST_DAYS))?;
                Expiry::AtDateTime(now + Duration::days(days))
            }
            _ => return Err(FormErrors::of("expiry", FieldError::Expiry)),
        }))
    }
}

fn number(text: &str, longest: u32) -> Option<i64> {
    let number: i64 = text.trim().parse().ok()?;
    (1..=longest.into()).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests;
