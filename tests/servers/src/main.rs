//! Starts one server for tests that aren't written in Rust, prints how to reach it as JSON, and
//! stops it when its input ends.

use std::io::{Read as _, stdin};

use serde_json::{Value, json};
use servers::{MariaDb, Memcached, Missing, Nginx, Postgres, Redis};

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().unwrap_or_default();
    let done = match name.as_str() {
        "postgres" => {
            until_input_ends(Postgres::start(false), |server| json!({ "url": server.database() }))
        }
        "mariadb" => {
            until_input_ends(MariaDb::start(false), |server| json!({ "url": server.database() }))
        }
        "redis" => until_input_ends(
            Redis::start(),
            |server| json!({ "url": server.url(), "port": server.port(), "password": server.password() }),
        ),
        "memcached" => {
            until_input_ends(Memcached::start(), |server| json!({ "address": server.address() }))
        }
        "nginx" => {
            let configuration = arguments.next().unwrap_or_default();
            until_input_ends(Nginx::start(&configuration), |server| json!({ "url": server.url() }))
        }
        _ => return Err(format!("there is no server \"{name}\"")),
    };
    done.map_err(|missing| missing.to_string())
}

fn until_input_ends<T>(
    started: Result<T, Missing>,
    reach: impl Fn(&T) -> Value,
) -> Result<(), Missing> {
    let server = started?;
    println!("{}", reach(&server));
    // An error is an end as well.
    let _ = stdin().read_to_end(&mut Vec::new());
    Ok(())
}
