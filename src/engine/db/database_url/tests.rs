use super::*;

#[test]
fn addresses_that_name_no_database_are_refused() {
    for url in ["", "sqlite:", "sqlite://", "/tmp/x", "redis://localhost"] {
        assert!(DatabaseUrl::parse(url).is_err(), "{url}");
    }
}

#[test]
#[cfg(feature = "postgres")]
fn what_crosses_a_network_in_the_clear_is_seen() {
    for (url, open) in [
        ("postgres://me:pw@db.example.com/x", true),
        ("postgres://me:pw@db.example.com/x?sslmode=verify-full", false),
        ("postgres://me:pw@localhost:5433/x", false),
        ("postgres:///x?host=/run/postgresql", false),
    ] {
        let database_url = DatabaseUrl::parse(url).unwrap();
        assert_eq!(database_url.is_unencrypted, open, "{url}");
    }
}

#[test]
fn a_database_in_memory_is_known_however_it_is_written() {
    for (url, in_memory) in [
        ("sqlite::memory:", true),
        ("sqlite:x.db?mode=memory", true),
        ("sqlite:file.db?cache=private&mode=memory", true),
        ("sqlite:x.db?mode=rwc", false),
    ] {
        assert_eq!(DatabaseUrl::parse(url).unwrap().in_memory, in_memory, "{url}");
    }
}

#[test]
#[cfg(feature = "postgres")]
fn a_parameter_that_is_not_known_is_named_without_its_value() {
    for url in [
        "postgres://me@h/x?pasword=hush",
        "postgresql://h/x?sslmode=require&Password=hush",
        "postgres://h/x?hush",
    ] {
        let refused = DatabaseUrl::parse(url).err().unwrap().to_string();
        assert!(!refused.contains("hush"), "{refused}");
    }
    let known = "postgres://h/x?sslmode=require&options[search_path]=y&host=/run";
    assert!(DatabaseUrl::parse(known).is_ok());
}

#[test]
#[cfg(feature = "postgres")]
fn addresses_of_ipv6_have_no_brackets_for_sqlx() {
    for (url, host) in [
        ("postgres://u:p@[::1]:5432/db", "?host=%3A%3A1"),
        ("postgres://[2001:db8::7]/db?sslmode=require", "&host=2001%3Adb8%3A%3A7"),
        ("postgresql://u:p%5B@h/db?options=[x]", "options=[x]"),
    ] {
        let database_url = DatabaseUrl::parse(url).unwrap();
        assert!(database_url.url.ends_with(host), "{}", database_url.url);
    }
}

#[test]
#[cfg(feature = "mysql")]
fn addresses_of_ipv6_are_refused_with_a_reason_where_there_is_no_way() {
    let refused = DatabaseUrl::parse("mariadb://u:p@[::1]:3306/db").err().unwrap().to_string();
    assert!(refused.contains("IPv6"), "{refused}");
}
