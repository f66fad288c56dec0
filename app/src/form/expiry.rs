use serde::{Deserialize, Serialize};

/// The choice of expiry, as it was typed: the fields of two forms.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExpiryInput {
    /// `default`, `idle`, `days`, `close` or `never`; empty is the default.
    pub expiry: String,
    /// For `idle`.
    pub seconds: String,
    /// For `days`.
    pub days: String,
}

impl ExpiryInput {
    /// The choice that a preset stands for: `idle-600` is 600 seconds of inactivity, `days-7` are
    /// 7 days.
    pub fn preset(preset: &str) -> Self {
        let (expiry, number) = match preset.split_once('-') {
            Some((expiry @ ("idle" | "days"), number)) => (expiry, number),
            _ => (preset, ""),
        };
        Self {
            expiry: expiry.into(),
            seconds: number.into(),
            days: number.into(),
        }
    }
}

#[cfg(feature = "ssr")]
mod validate {
    use huihua::expiry::NEVER;
    use time::{Duration, OffsetDateTime};
    use tower_sessions::Expiry;

    use super::ExpiryInput;
    use crate::form::{FieldError, FormErrors};

    const LONGEST_IDLE: u32 = 31_536_000;
    const LONGEST_DAYS: u32 = 3_650;

    impl ExpiryInput {
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
                    let days = number(&self.days, LONGEST_DAYS)
                        .ok_or_else(|| out_of("days", LONGEST_DAYS))?;
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
    mod tests {
        use super::*;

        const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

        fn choice(expiry: &str, seconds: &str, days: &str) -> Result<Option<Expiry>, FormErrors> {
            let input = ExpiryInput {
                expiry: expiry.into(),
                seconds: seconds.into(),
                days: days.into(),
            };
            input.expiry(NOW)
        }

        #[test]
        fn numbers_are_whole_and_in_range() {
            for seconds in ["1", "31536000", " 10 "] {
                assert!(choice("idle", seconds, "").is_ok(), "{seconds}");
            }
            for seconds in [
                "",
                "0",
                "-1",
                "1.5",
                "31536001",
                "abc",
                "99999999999999999999",
            ] {
                let errors = choice("idle", seconds, "").unwrap_err();
                let error = errors.get("seconds");
                assert_eq!(error, Some(FieldError::Number(31_536_000)), "{seconds}");
            }
            for days in ["0", "3651"] {
                let errors = choice("days", "", days).unwrap_err();
                assert_eq!(errors.get("days"), Some(FieldError::Number(3_650)));
            }
            assert_eq!(
                choice("days", "", "2"),
                Ok(Some(Expiry::AtDateTime(NOW + Duration::days(2))))
            );
        }

        #[test]
        fn a_preset_is_one_of_those_there_are() {
            for preset in ["default", "idle-600", "days-7", "close", "never"] {
                assert!(ExpiryInput::preset(preset).expiry(NOW).is_ok(), "{preset}");
            }
            for preset in [
                "never-1",
                "close-",
                "default-1",
                "idle",
                "days-0",
                "idle-600-1",
                "Never",
            ] {
                assert!(ExpiryInput::preset(preset).expiry(NOW).is_err(), "{preset}");
            }
        }

        #[test]
        fn without_a_choice_it_is_the_default() {
            assert_eq!(choice("", "", ""), Ok(None));
            assert!(choice("forever", "", "").is_err());
        }
    }
}
