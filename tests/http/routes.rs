//! Handlers as an application would write them.

use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use huihua::{Session, tower_sessions::Expiry};
use serde_json::{Value, json};
use time::Duration;

use crate::site::{START, Site};

type Answer = Result<String, String>;

fn failed(error: impl Into<huihua::session::Error>) -> String {
    error.into().to_string()
}

async fn read(session: huihua::tower_sessions::Session) -> Answer {
    let name: Option<String> = session.get("uname").await.map_err(failed)?;
    Ok(name.unwrap_or("nobody".into()))
}

async fn set(Path((key, value)): Path<(String, String)>, session: Session) -> Answer {
    session.insert(&key, &value).await.map_err(failed)?;
    Ok(value)
}

async fn remove(Path(key): Path<String>, session: Session) -> Answer {
    session.remove_value(&key).await.map_err(failed)?;
    Ok(key)
}

async fn items(session: Session) -> Answer {
    Ok(json!(session.items().await.map_err(failed)?).to_string())
}

async fn login(Path(name): Path<String>, session: Session) -> Answer {
    session.login("uname", &name).await.map_err(failed)?;
    Ok(name)
}

async fn failing_login(Path(name): Path<String>, session: Session) -> Response {
    session.login("uname", &name).await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

async fn failing_logout(session: Session) -> StatusCode {
    session.flush().await.unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn logout(session: Session) -> Answer {
    session.flush().await.map_err(failed)?;
    Ok("bye".into())
}

async fn stock_logout(session: huihua::tower_sessions::Session) -> Answer {
    session.flush().await.map_err(failed)?;
    Ok("bye".into())
}

async fn delete(session: Session) -> Answer {
    session.insert("late", 1).await.map_err(failed)?;
    session.delete().await.map_err(failed)?;
    Ok("deleted".into())
}

async fn clear(session: Session) -> Answer {
    session.clear().await;
    Ok("cleared".into())
}

async fn cycle(session: huihua::tower_sessions::Session) -> Answer {
    session.cycle_id().await.map_err(failed)?;
    Ok("cycled".into())
}

async fn fingerprint(session: Session) -> String {
    session.fingerprint().map_or("none".into(), |fingerprint| fingerprint.to_string())
}

async fn without_touch(session: Session) -> Answer {
    session.without_touch();
    Ok(session.expiry_date().to_string())
}

fn chosen(choice: &str) -> Option<Expiry> {
    match choice {
        "default" => None,
        "close" => Some(Expiry::OnSessionEnd),
        "never" => Some(Expiry::AtDateTime(huihua::expiry::NEVER)),
        choice => {
            let (kind, number) = choice.split_once('-').unwrap();
            let number: i64 = number.parse().unwrap();
            Some(match kind {
                "idle" => Expiry::OnInactivity(Duration::seconds(number)),
                _ => Expiry::AtDateTime(START + Duration::days(number)),
            })
        }
    }
}

async fn expiry(Path(choice): Path<String>, session: Session) -> Answer {
    session.set_expiry(chosen(&choice));
    Ok(choice)
}

async fn stock_expiry(
    Path(choice): Path<String>,
    session: huihua::tower_sessions::Session,
) -> Answer {
    session.set_expiry(chosen(&choice));
    Ok(choice)
}

/// Both extractors on one request are one session.
async fn both(ours: Session, stock: huihua::tower_sessions::Session) -> Answer {
    stock.insert("stock", 1).await.map_err(failed)?;
    ours.insert("ours", 2).await.map_err(failed)?;
    assert_eq!(stock.get::<u8>("ours").await.unwrap(), Some(2));
    assert_eq!(ours.keys().await.unwrap(), ["ours", "stock"]);
    assert_eq!(ours.id(), stock.id());
    Ok("both".into())
}

async fn dictionary(session: Session) -> Answer {
    assert_eq!(session.keys().await.unwrap(), [""; 0]);
    assert!(!session.contains_key("a").await.unwrap());
    assert_eq!(session.get_or("a", 7).await.unwrap(), 7);
    assert_eq!(session.set_default("a", 1).await.unwrap(), 1);
    assert_eq!(session.set_default("a", 2).await.unwrap(), 1);
    session.update([("b", 2), ("c", 3)]).await.unwrap();
    session.insert("n", Value::Null).await.unwrap();
    assert!(session.contains_key("n").await.unwrap());
    assert_eq!(session.remove::<u8>("c").await.unwrap(), Some(3));
    assert_eq!(session.keys().await.unwrap(), ["a", "b", "n"]);
    assert!(!session.expires_at_browser_close());
    assert_eq!(session.expiry_age(), Duration::weeks(2));
    Ok("dictionary".into())
}

pub(crate) fn app(site: &Site) -> Router {
    routes().layer(site.layer())
}

pub(crate) fn routes() -> Router {
    Router::new()
        .route("/", get(read))
        .route("/set/{key}/{value}", get(set))
        .route("/remove/{key}", get(remove))
        .route("/items", get(items))
        .route("/login/{name}", get(login))
        .route("/failing_login/{name}", get(failing_login))
        .route("/failing_logout", get(failing_logout))
        .route("/logout", get(logout))
        .route("/stock_logout", get(stock_logout))
        .route("/delete", get(delete))
        .route("/clear", get(clear))
        .route("/cycle", get(cycle))
        .route("/fingerprint", get(fingerprint))
        .route("/without-touch", get(without_touch))
        .route("/expiry/{choice}", get(expiry))
        .route("/stock_expiry/{choice}", get(stock_expiry))
        .route("/both", get(both))
        .route("/dictionary", get(dictionary))
}
