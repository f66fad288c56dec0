use super::*;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn choice(expiry: &str, seconds: &str, days: &str) -> Result<Option<Expiry>, FormErrors> {
    let input = ExpiryInput { expiry: expiry.into(), seconds: seconds.into(), days: days.into() };
    input.expiry(NOW)
}

#[test]
fn numbers_are_whole_and_in_range() {
    for seconds in ["1", "31536000", " 10 "] {
        assert!(choice("idle", seconds, "").is_ok(), "{seconds}");
    }
    for seconds in ["", "0", "-1", "1.5", "31536001", "abc", "99999999999999999999"] {
        let errors = choice("idle", seconds, "").unwrap_err();
        let error = errors.get("seconds");
        assert_eq!(error, Some(FieldError::Number(31_536_000)), "{seconds}");
    }
    for days in ["0", "3651"] {
        let errors = choice("days", "", days).unwrap_err();
        assert_eq!(errors.get("days"), Some(FieldError::Number(3_650)));
    }
    assert_eq!(choice("days", "", "2"), Ok(Some(Expiry::AtDateTime(NOW + Duration::days(2)))));
}

#[test]
fn a_preset_is_one_of_those_there_are() {
    for preset in ["default", "idle-600", "days-7", "close", "never"] {
        assert!(ExpiryInput::preset(preset).expiry(NOW).is_ok(), "{preset}");
    }
    for preset in ["never-1", "close-", "default-1", "idle", "days-0", "idle-600-1", "Never"] {
        assert!(ExpiryInput::preset(preset).expiry(NOW).is_err(), "{preset}");
    }
}

#[test]
fn without_a_choice_it_is_the_default() {
    assert_eq!(choice("", "", ""), Ok(None));
    assert!(choice("forever", "", "").is_err());
}

#[test]
fn the_choice_of_a_policy_leads_to_it() {
    for policy in [
        ExpiryPolicy::Default,
        ExpiryPolicy::Idle(Duration::seconds(90)),
        ExpiryPolicy::Until(NOW + Duration::days(7)),
        ExpiryPolicy::Close,
        ExpiryPolicy::Never,
    ] {
        let expiry = ExpiryInput::of(policy, NOW).expiry(NOW).unwrap();
        assert_eq!(ExpiryPolicy::from_expiry(expiry), policy);
    }
}
