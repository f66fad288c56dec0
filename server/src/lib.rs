//! The site as a process: settings, routes, health, and the operator's commands.

pub mod cli;
mod commands;
mod console;
mod csrf;
mod dotenv;
pub mod error;
mod error_pages;
mod forms;
mod health;
mod http_server;
mod log;
mod login_limit;
mod metrics;
mod pages;
mod plain_http;
mod redirect;
mod router;
mod security_headers;
pub mod settings;
mod signals;
pub mod startup;
mod state;
