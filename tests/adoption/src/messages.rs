//! axum-messages: one-time notices, which it keeps in the session.

use axum::{Router, response::Redirect, routing::get};
use axum_messages::{Messages, MessagesManagerLayer};

use crate::{browser::Browser, ours, stock};

async fn leave(messages: Messages) -> Redirect {
    messages.info("saved").warning("look");
    Redirect::to("/read")
}

async fn read(messages: Messages) -> String {
    let read = messages.into_iter().map(|message| format!("{}: {message}", message.level));
    read.collect::<Vec<_>>().join(", ")
}

fn routes() -> Router {
    let routes = Router::new().route("/leave", get(leave)).route("/read", get(read));
    routes.layer(MessagesManagerLayer)
}

#[tokio::test]
async fn messages_are_read_once() {
    for site in [routes().layer(stock()), routes().layer(ours())] {
        let mut browser = Browser::new(site);
        assert_eq!(browser.get("/leave").await.location.as_deref(), Some("/read"));
        assert_eq!(browser.get("/read").await.text, "Info: saved, Warning: look");
        assert_eq!(browser.get("/read").await.text, "");
    }
}
