//! The site as a process: settings, routes, health, and the operator's commands.

pub mod cli;
mod commands;
mod connections;
mod console;
mod csrf;
mod dotenv;
mod error_pages;
mod forms;
mod health;
mod log;
mod login_limit;
mod metrics;
mod operator;
mod pages;
mod plain_http;
mod router;
mod security_headers;
pub mod settings;
mod signals;
mod standalone;
pub mod startup;
mod state;
mod storage;
