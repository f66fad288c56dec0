use axum::{
    response::Redirect,
    routing::{MethodRouter, get},
};

/// A route that answers GET with 303 to `path`.
pub(crate) fn redirect_to<S: Clone + Send + Sync + 'static>(path: &'static str) -> MethodRouter<S> {
    get(move || async move { Redirect::to(path) })
}
